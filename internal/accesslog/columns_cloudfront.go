// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
)

// cloudFrontLayout are the columns of CloudFront's standard log. Columns were only ever
// added at the end.
var cloudFrontLayout = newLayout(strings.Fields(`date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer)
	cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken
	x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields
	c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end`), "")

// isCloudFrontLength reports whether CloudFront's log had that many columns at some
// time, and among them the host that was asked for. A line with another number was cut
// off.
func isCloudFrontLength(columns int) bool {
	switch columns {
	case 18, 19, 23, 24, 26, 33:
		return true
	}
	return false
}

// readCloudFront reads a line of CloudFront whose header is not known.
func (c *Columns) readCloudFront(line string) bool {
	n := splitTabs(line, &c.texts)
	if !isCloudFrontLength(n) {
		return false
	}
	clear(c.texts[n:len(cloudFrontLayout.Keys)])
	c.Writing = WithPercent
	return c.take(cloudFrontLayout)
}
