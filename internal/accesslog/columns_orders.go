// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
)

// knownOrders are the columns that NetScaler and ASP.NET Core write by default.
var knownOrders = []*Layout{
	newLayout(strings.Fields(`date time c-ip cs-username sc-servicename s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status cs-bytes
		sc-bytes time-taken cs-version cs(User-Agent) cs(Cookie) cs(Referer)`), "Netscaler"),
	newLayout(strings.Fields(`date time c-ip s-computername s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status time-taken cs-version
		cs-host cs(User-Agent) cs(Referer)`), aspNetCore),
}

// readKnownOrder reads a line whose header is not known, and which begins with day and
// time. No column whose form shows the order may be absent.
func (c *Columns) readKnownOrder(line string) bool {
	doubt := c.Doubt
	for _, l := range knownOrders {
		n := splitBlanks(line, &c.texts)
		if n == len(l.Keys) && c.showsOrder(l) && c.take(l) {
			c.Writing = WithPlus
			return true
		}
	}
	c.Doubt = doubt
	return false
}

func (c *Columns) showsOrder(l *Layout) bool {
	for i, f := range l.forms {
		if c.texts[i] == "-" && (f == formAddress || f == formNumber || f == formPath || f == formProtocol) {
			return false
		}
	}
	return true
}
