// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// squidLayout are the columns of Squid's own log, without those that say nothing of a
// visit. The type is without parameters. The time is that of the response.
var squidLayout = &Layout{Keys: []string{"msec", "duration_ms", "client.address", "status", "method", "url", "http.response.mime_type"}}

// readSquid reads a line of Squid's own log:
//
//	time elapsed client result/status bytes method URL user hierarchy/peer type
//
// The line of a proxy for its own users is no visit: it names the user, asks for a name
// (407), opens a tunnel, or refuses a site that the proxy does not serve. So is one of
// Squid before version 3.2 without a peer.
func (c *Columns) readSquid(line string) bool {
	if first, _, _ := strings.Cut(strings.TrimLeft(line, " "), " "); !isNumber(first) {
		return false // mostly a line in the combined format, whose address has its dot there
	}
	n := splitBlanks(line, &c.words)
	if n < 10 {
		return false
	}
	w := c.words[:10]
	result, status, found := strings.Cut(w[3], "/")
	if !found || !ascii.IsDigits(w[1]) || !formAddress.fits(w[2]) || !isResult(result) ||
		!formStatus.fits(status) || !ascii.IsDigits(w[4]) || !isHTTPMethod(w[5]) || !hasScheme(w[6]) {
		return false
	}
	if w[7] != "-" || status == "407" || strings.HasPrefix(result, "TCP_DENIED") {
		return false
	}
	hierarchy, _, found := strings.Cut(w[8], "/")
	if !found || !isResult(hierarchy) || hierarchy == "NONE" || hierarchy == "DIRECT" {
		return false
	}
	c.Layout, c.Writing = squidLayout, WithEscapes
	copy(c.texts[:], []string{w[0], w[1], w[2], status, w[5], w[6], w[9]})
	return true
}

// isResult recognises words such as TCP_MISS and HIER_DIRECT.
func isResult(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < 'A' || c > 'Z') && c != '_' {
			return false
		}
	}
	return text != ""
}
