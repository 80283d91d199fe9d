// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// iisLayout are the columns of an IIS log that say something of a visit.
var iisLayout = newLayout(strings.Fields(`date time cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) cs(Referer) cs-host sc-status
	time-taken`), "Microsoft Internet Information Services")

// The numbers of these columns.
const (
	iisDay = iota
	iisClock
	iisMethod
	iisPath
	iisQuery
	iisClient
	iisUserAgent
	iisReferer
	iisHost
	iisStatus
	iisTimeTaken
)

// readIIS reads a line of IIS whose header is not known. IIS writes its columns in one
// order, whichever are selected:
//
//	date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port
//	cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status
//	sc-substatus sc-win32-status sc-bytes cs-bytes time-taken, and custom columns
//
// The columns from the method to the client are by default selected, and so are the
// user agent and the three of the status. A line is read only if these can stand in one
// place alone. A column that can be one of several is left out.
func (c *Columns) readIIS(line string) bool {
	n := splitBlanks(line, &c.words)
	if n < 12 || !formDay.fits(c.words[0]) || !formClock.fits(c.words[1]) {
		return false
	}
	words := c.words[:n]
	method := 2
	for !isHTTPMethod(words[method]) || words[method+1][0] != '/' {
		if method++; method > 5 || method+8 >= n {
			return false
		}
	}
	port, client := words[method+3], words[method+5]
	if len(port) > 5 || !ascii.IsDigits(port) || client == "-" || !formAddress.fits(client) {
		return false
	}
	headers := method + 6
	if strings.HasPrefix(words[headers], "HTTP/") {
		headers++
	}
	status := findStatus(words, headers)
	if status < 0 {
		return false
	}
	c.Layout, c.Writing = iisLayout, WithPlus
	clear(c.texts[:len(iisLayout.Keys)])
	c.texts[iisDay], c.texts[iisClock], c.texts[iisMethod] = words[0], words[1], words[method]
	c.texts[iisPath], c.texts[iisQuery], c.texts[iisClient] = words[method+1], words[method+2], client
	c.texts[iisStatus] = words[status]
	c.takeHeaders(words[headers:status])
	c.takeTimeTaken(words[status+3:])
	c.takeTime(iisLayout)
	return true
}

// maxHeaders is how many columns of request headers IIS has: the user agent, the
// cookie, the referer and the host.
const maxHeaders = 4

// findStatus finds the status of the response and of two of its causes. It returns -1
// if there is none, or if there are two: a visitor chooses the headers before it, and
// sizes and times follow it.
func findStatus(words []string, from int) int {
	found := -1
	for i := from; i <= from+maxHeaders && i+2 < len(words); i++ {
		if isHTTPStatus(words[i]) && ascii.IsDigits(words[i+1]) && ascii.IsDigits(words[i+2]) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// takeHeaders tells which headers of the request are there. The first one is the user
// agent.
func (c *Columns) takeHeaders(headers []string) {
	if len(headers) == 0 || hasScheme(headers[0]) {
		return
	}
	c.texts[iisUserAgent] = headers[0]
	switch others := headers[1:]; len(others) {
	case 1: // the cookie, the referer or the host
		c.takeReferer(others[0])
	case 2: // two of them
		if !c.takeReferer(others[1]) {
			c.takeReferer(others[0])
			c.takeHost(others[1])
		}
	case 3:
		c.texts[iisReferer] = others[1]
		c.takeHost(others[2])
	}
}

// takeReferer takes a text that is a URL.
func (c *Columns) takeReferer(text string) bool {
	if !hasScheme(text) {
		return false
	}
	c.texts[iisReferer] = text
	return true
}

// takeHost takes a text that looks like a host. Cookies have an equals sign.
func (c *Columns) takeHost(text string) {
	for i := range len(text) {
		switch b := text[i]; {
		case b >= '0' && b <= '9', b|0x20 >= 'a' && b|0x20 <= 'z', strings.IndexByte("-._:[]", b) >= 0:
		default:
			return
		}
	}
	if text != "-" {
		c.texts[iisHost] = text
	}
}

// takeTimeTaken tells the duration from the sizes before it. Two numbers can be both
// sizes, or one and the duration. Three can be the duration and two custom columns, such
// as "DNT": a request has more bytes than a number of one digit counts.
func (c *Columns) takeTimeTaken(rest []string) {
	numbers := 0
	for numbers < len(rest) && ascii.IsDigits(rest[numbers]) {
		numbers++
	}
	if numbers == 1 || numbers == 3 && len(rest[1]) > 1 {
		c.texts[iisTimeTaken] = rest[numbers-1]
	}
}
