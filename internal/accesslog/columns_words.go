// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// wordFormat is a format whose lines are words and texts in quotation marks, in a fixed
// order.
type wordFormat struct {
	Layout
	isCutOff  func(n int) bool    // a line with so many columns is not whole
	fits      func([]string) bool // the first columns show the format
	addresses []int               // columns that hold an address and a port
	request   int
}

// loadBalancer is the log of Application Load Balancers. Before 2017 it ended with the
// trace, or two columns after it.
var loadBalancer = wordFormat{
	Layout: Layout{Keys: strings.Fields(`url.scheme time elb client.address target aws.elb.request_processing_time
		aws.elb.target_processing_time aws.elb.response_processing_time aws.elb.status.code aws.elb.backend.status.code
		received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol target_group trace_id url.domain certificate
		priority`)},
	isCutOff: func(n int) bool { return n != 18 && n != 20 && n < 21 },
	fits: func(words []string) bool {
		switch words[0] {
		case "http", "https", "h2", "grpcs", "ws", "wss":
			_, ok := value.Text(words[1]).AsTime()
			return ok
		}
		return false
	},
	addresses: []int{3},
	request:   12,
}

// classicLoadBalancer is the log of Classic Load Balancers. Before 2015 it ended with
// the request. Its time is that of the request.
var classicLoadBalancer = wordFormat{
	Layout: Layout{Keys: strings.Fields(`start_time elb client.address backend aws.elb.request_processing_time
		aws.elb.backend_processing_time aws.elb.response_processing_time aws.elb.status.code aws.elb.backend.status.code
		received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol`)},
	isCutOff: func(n int) bool { return n != 12 && n != 15 },
	fits: func(words []string) bool {
		_, ok := value.Text(words[0]).AsTime()
		return ok && formAddress.fits(address.CutPort(words[2])) && isSeconds(words[4]) && isSeconds(words[5]) && isSeconds(words[6])
	},
	addresses: []int{2},
	request:   11,
}

// isSeconds recognises a duration of a load balancer, which is -1 if there was none.
func isSeconds(text string) bool { return text == "-1" || text != "-" && isNumber(text) }

// readWords reads a line of a format.
func (c *Columns) readWords(line string, f *wordFormat) bool {
	n, ok := splitWords(line, &c.texts)
	if !ok || f.isCutOff(n) || !f.fits(c.texts[:n]) || !isOfWeb(c.texts[f.request]) {
		return false
	}
	if n < len(f.Keys) {
		clear(c.texts[n:len(f.Keys)])
	}
	for _, i := range f.addresses {
		c.texts[i] = address.CutPort(c.texts[i])
	}
	c.Layout, c.Writing = &f.Layout, WithEscapes
	return true
}

// isOfWeb tells a request line from what load balancers write of a malformed request
// ("- http://www.example.com:80- -") and of a connection without one ("- - - ").
func isOfWeb(request string) bool {
	method, _, found := strings.Cut(request, " ")
	return found && method != "" && isMethodWord(method)
}

// splitWords cuts a line into words and texts in quotation marks, with the escapes that
// these have.
func splitWords(line string, columns *[maxColumns]string) (n int, ok bool) {
	c := cursor{line}
	for ; n < maxColumns; n++ {
		if strings.HasPrefix(c.rest, `"`) {
			columns[n], ok = c.quoted()
			c.rest = strings.TrimPrefix(c.rest, " ")
		} else if columns[n], ok = c.until(' '); !ok {
			columns[n], c.rest, ok = c.rest, "", true
		}
		if !ok {
			return n, false
		}
		if c.rest == "" {
			return n + 1, true
		}
	}
	return n, false
}
