// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"slices"
	"strings"
)

// Layout says which columns the lines of a log have. It does not change.
type Layout struct {
	// Names are those that the #Fields line gives the columns; nil in other formats.
	Names []string
	// Keys are the columns' keys, as a parser of the format would give them. That of a
	// column whose text Columns reads itself is empty.
	Keys []string
	// IsLocal says that times are not in UTC but in the zone of the server.
	IsLocal bool
	// IsStart says that times are those of requests and not of responses.
	IsStart bool

	forms   []form
	refuses bool // the log records no requests, or too little of them
	percent bool // %20 stands for a blank
	quotes  bool // columns may stand in quotation marks

	// The numbers of these columns, or -1.
	day, clock, method, uri, version, userAgent, seconds int
}

// newLayout makes the layout of a W3C log from the names in its #Fields line. The
// software is what the #Software line says. It returns nil if there are too many names.
func newLayout(names []string, software string) *Layout {
	if len(names) == 0 || len(names) > maxColumns {
		return nil
	}
	lower := make([]string, len(names))
	for i, name := range names {
		lower[i] = strings.ToLower(name)
	}
	l := &Layout{
		Names:   names,
		Keys:    make([]string, len(names)),
		forms:   make([]form, len(names)),
		quotes:  !strings.HasPrefix(software, "Microsoft"),
		percent: isOfCloudFront(lower, software),
		IsStart: software == aspNetCore,
		IsLocal: slices.Contains(lower, "time-local") && !slices.Contains(lower, "time"),
		refuses: slices.ContainsFunc(lower, isOfOtherLogs) && !isOfIISWeb(lower),
	}
	taken := timeTakenKey(lower, software)
	for i, name := range lower {
		l.Keys[i], l.forms[i] = columnKey(name), columnForms[name]
		switch {
		case isTimeTaken(name):
			l.Keys[i], l.forms[i] = taken, formDecimal
		case slices.Contains(lower[:i], name):
			l.Keys[i] = "" // the first one counts
		case !l.IsLocal && (name == "date-local" || name == "time-local"):
			l.Keys[i] = "" // a time in UTC stands in the line, too
		}
	}
	l.day, l.clock = l.takeKey("date"), l.takeKey("time")
	l.method, l.uri = slices.Index(lower, "cs-method"), slices.Index(lower, "cs-uri")
	l.version, l.userAgent = slices.Index(lower, "cs-version"), slices.Index(l.Keys, "cs(User-Agent)")
	l.seconds = slices.Index(l.Keys, "duration_s")
	hasPath := l.uri >= 0 || slices.Contains(lower, "cs-uri-stem")
	l.refuses = l.refuses || l.method < 0 || !hasPath || !slices.Contains(lower, "sc-status")
	return l
}

// takeKey returns the number of a column whose text Columns reads itself, or -1.
func (l *Layout) takeKey(key string) int {
	i := slices.Index(l.Keys, key)
	if i >= 0 {
		l.Keys[i] = ""
	}
	return i
}

// IsDated reports whether lines begin with day and time.
func (l *Layout) IsDated() bool {
	return len(l.forms) > 1 && l.forms[0] == formDay && l.forms[1] == formClock
}

// isOfCloudFront recognises CloudFront's log by the names of its columns. IIS lets its
// administrator name a column as CloudFront does. The name of CloudFront's host can be that of a
// column of any software, so it counts only in a log that names none, as CloudFront's does.
func isOfCloudFront(names []string, software string) bool {
	if isOfIIS(names) {
		return false
	}
	for _, name := range names {
		if strings.HasPrefix(name, "x-edge-") || name == "timestamp(ms)" {
			return true
		}
	}
	return software == "" && slices.Contains(names, "x-host-header")
}

// isOfIIS recognises IIS's log by the names of its columns.
func isOfIIS(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return name == "sc-win32-status" || name == "sc-substatus" || name == "timetakenms"
	})
}

// isOfIISWeb recognises the log of IIS's web server, in which a column can have any name that
// its administrator likes. That of its FTP server has neither a query nor a user agent.
func isOfIISWeb(names []string) bool {
	return isOfIIS(names) && (slices.Contains(names, "cs-uri-query") || slices.Contains(names, "cs(user-agent)"))
}

// isOfOtherLogs recognises the columns of logs in the W3C format that record no requests
// to a site: the errors of http.sys, IIS's FTP, and proxies through which people reach
// other sites, which the W3C calls remote ("r-").
func isOfOtherLogs(name string) bool {
	switch name {
	case "s-reason", "s-queuename", "x-session", "x-fullpath", "s-supplier-name", "s-hierarchy", "sc-filter-result", "cs-categories":
		return true
	}
	return strings.HasPrefix(name, "r-")
}

// otherKeys are the keys of columns whose name is not the key.
var otherKeys = map[string]string{
	"date-local":     "date",
	"time-local":     "time",
	"timestamp(ms)":  "msec",
	"cs(referrer)":   "cs(Referer)",
	"cs(referer)":    "cs(Referer)",
	"cs(user-agent)": "cs(User-Agent)",
	"cs(host)":       "cs(Host)",
	"cs-uri":         "request_uri",
	"s-xff":          "x-forwarded-for",
	"cs-start":       "started_at",
}

// ownKeys are the names of columns that are keys.
var ownKeys = strings.Fields(`date time c-ip cs-method cs-uri-stem cs-uri-query cs-host cs-protocol sc-status
	x-host-header x-forwarded-for sc-content-type`)

// columnKey is the key of a column. Of the name of any other column it makes that of a
// header: cs(Name) is a header of the request, sc(Name) one of the response, and IIS
// lets its administrator name a column after the header that it holds.
func columnKey(name string) string {
	if key := otherKeys[name]; key != "" {
		return key
	}
	if slices.Contains(ownKeys, name) {
		return name
	}
	header, inBrackets := strings.CutSuffix(name, ")")
	if rest, ok := strings.CutPrefix(header, "cs("); ok && inBrackets {
		return "http.request.header." + rest
	}
	if rest, ok := strings.CutPrefix(header, "sc("); ok && inBrackets {
		return "http.response.header." + rest
	}
	return "http.request.header." + name
}

func isTimeTaken(name string) bool { return name == "time-taken" || name == "timetakenms" }

// timeTakenKey is the key of the column time-taken. The W3C's draft counts seconds, and
// so do CloudFront and NetScaler. Microsoft counts milliseconds. Of other software the
// unit is not known.
func timeTakenKey(names []string, software string) string {
	switch {
	case isOfCloudFront(names, software) || strings.HasPrefix(strings.ToLower(software), "netscaler"):
		return "duration_s"
	case strings.HasPrefix(software, "Microsoft") || isOfIIS(names):
		return "duration_ms"
	}
	return ""
}

// readNamed reads a line whose columns have names.
func (c *Columns) readNamed(line string, l *Layout) bool {
	if c.Writing = WithPlus; strings.IndexByte(line, '\t') >= 0 && splitTabs(line, &c.texts) == len(l.Keys) {
		c.Writing = Verbatim
		if l.percent {
			c.Writing = WithPercent
		}
		return c.take(l)
	}
	isQuoted := strings.IndexByte(line, '"') >= 0
	if (!isQuoted || !l.quotes) && splitBlanks(line, &c.texts) == len(l.Keys) {
		return c.take(l)
	}
	if isQuoted && c.splitQuoted(line) == len(l.Keys) {
		return c.take(l) && c.noteQuotes(l)
	}
	c.Doubt = doubtOfCount
	if c.isCutOff(line, l) {
		c.Doubt = doubtOfEnd
	}
	return false
}

// isCutOff reports whether a line with another number of columns lost its end. If it did
// not, it is from another file of the same name, or has a blank too many.
func (c *Columns) isCutOff(line string, l *Layout) bool {
	n := 0
	switch {
	case l.quotes && strings.IndexByte(line, '"') >= 0:
		n = c.splitQuoted(line)
	case strings.IndexByte(line, '\t') >= 0:
		n = splitTabs(line, &c.texts)
	default:
		n = splitBlanks(line, &c.texts)
	}
	return n < len(l.Keys) && c.begins(l, n)
}

// begins reports whether the first n columns have the forms that their names demand, but
// for the last one, which may be cut off.
func (c *Columns) begins(l *Layout, n int) bool {
	for i, f := range l.forms[:max(n-1, 0)] {
		if !f.fits(c.texts[i]) {
			return false
		}
	}
	return true
}

// noteQuotes notes that the user agent needs no other mark for its blanks.
func (c *Columns) noteQuotes(l *Layout) bool {
	if l.userAgent >= 0 && c.quoted[l.userAgent] {
		c.Writing = Verbatim
	}
	return true
}

// take reports whether the columns have the forms that their names demand. If a line
// has as many columns as its log, and still a blank in one and another one too few, the
// forms differ.
func (c *Columns) take(l *Layout) bool {
	for i, f := range l.forms {
		if f != formAny && !f.fits(c.texts[i]) {
			c.addDoubt(doubtOfName)
			return false
		}
	}
	c.Layout = l
	if !c.isOfHTTP(l) {
		return false
	}
	c.takeTime(l)
	if l.uri >= 0 {
		c.takeURI(l)
	}
	if l.seconds >= 0 && c.texts[l.seconds] == "0" {
		c.texts[l.seconds] = "" // less than a second: NetScaler writes no fraction
	}
	return true
}

// isOfHTTP tells requests of HTTP from those of the other protocols that IIS logs, such
// as USER and HELO: HTTP knows the method, or the line has a user agent or HTTP's
// version.
func (c *Columns) isOfHTTP(l *Layout) bool {
	if isHTTPMethod(c.texts[l.method]) {
		return true
	}
	return l.userAgent >= 0 && len(c.texts[l.userAgent]) > 1 || l.version >= 0 && formProtocol.fits(c.texts[l.version]) && len(c.texts[l.version]) > 1
}

// takeURI tells what the column cs-uri holds: a path, a URL, or host and path.
func (c *Columns) takeURI(l *Layout) {
	text := c.texts[l.uri]
	if text == "" || text[0] == '/' {
		return
	}
	if strings.Contains(text[:min(len(text), len("https://"))], "://") {
		c.texts[l.uri] = ""
		c.add("url", text)
		return
	}
	if slash := strings.IndexByte(text, '/'); slash > 0 {
		c.texts[l.uri] = text[slash:]
		c.add("cs-host", text[:slash])
	}
}
