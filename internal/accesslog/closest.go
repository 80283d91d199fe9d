// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// Closest says why a line is not read: the rule that comes closest, and what the line
// lacks for it. Both are empty if no rule comes close. It quotes nothing of the line.
func Closest(line string, zone *time.Location) (rule, lacks string) {
	line = withoutDecoration(line)
	if date := indexDate(line, 0, zone); date >= 0 {
		c := cursor{line[date+1:]}
		if text, ok := c.date(); ok {
			lacks = lacksAfterDate(&c)
			if _, ok := value.ParseLineTime(text, zone); lacks == lacksEnd && !ok {
				lacks = "a date that exists"
			}
			return "a date in brackets, then a request line in quotation marks", lacks
		}
	}
	if rule, lacks = closestShape(line, zone); rule != "" {
		return rule, lacks
	}
	quote := indexQuote(line, 0)
	if quote < 0 {
		return "", ""
	}
	c := cursor{line[quote:]}
	text, ok := c.quoted()
	if !ok || !strings.Contains(text, " HTTP/") {
		return "", ""
	}
	c.rest = line[quote:]
	if lacks = lacksAfterDate(&c); lacks == lacksEnd {
		lacks = "a client before the request line, and a date, the client's port or a logger's prefix"
	}
	return "a request line in quotation marks", lacks
}

const lacksEnd = "its end or a client at its start"

// lacksAfterDate says what a line lacks from its request line on.
func lacksAfterDate(c *cursor) string {
	text, ok := c.quoted()
	if !ok {
		return "the end of the request line"
	}
	if method, _, found := strings.Cut(text, " "); !found || value.Method(method) == "" {
		return "a method in the request line"
	}
	if new(Entry).setStatus(c.word()) {
		if size := c.word(); size == "-" || ascii.IsDigits(size) || c.skipReason(size) {
			return lacksEnd
		}
		return "a size after the status"
	}
	return "a status after the request line"
}

// closestShape returns the shape that most of a line has, if that is more than a chance.
func closestShape(line string, zone *time.Location) (rule, lacks string) {
	most := 0.5
	for i := range shapes {
		r := shapeReader{cursor: cursor{line}, zone: zone, shape: &shapes[i]}
		matched := r.match()
		part := float64(matched) / float64(len(shapes[i].pieces))
		if part <= most {
			continue
		}
		most, rule, lacks = part, "the format of "+shapes[i].name, "its end"
		if matched < len(shapes[i].pieces) {
			p := &shapes[i].pieces[matched]
			lacks = "its " + p.field
			if p.field == "" {
				lacks = "the text " + strings.TrimSpace(p.text)
			}
		}
	}
	return rule, lacks
}
