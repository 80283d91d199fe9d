// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// forms are what fields can be that tell nothing of a visit, but that only lines of the
// format have.
var forms = map[string]func(text string) bool{
	"*":      func(text string) bool { return strings.IndexByte(text, '"') < 0 },
	"word":   func(text string) bool { return text != "" && !strings.ContainsAny(text, "\" \t") },
	"column": func(text string) bool { return text != "" && !strings.ContainsAny(text, "\", \t") },
	"user":   func(text string) bool { return !strings.ContainsAny(text, "\" \t()") },
	"number": func(text string) bool { return text == "-" || ascii.IsDigits(strings.TrimPrefix(text, "-")) },
	"rest":   func(text string) bool { return strings.Count(text, `"`)%2 == 0 }, // otherwise it is cut off
	// squid is how Squid came to the answer. What it denied is no visit.
	"squid": func(text string) bool { return strings.HasPrefix(text, "TCP_") && !strings.Contains(text, "DENIED") },
	// peer is whom Squid asked, in the words that it has since 3.2.
	"peer": func(text string) bool { return text != "DIRECT" && text != "NONE" },
	// nonce is CouchDB's name of a request.
	"nonce": func(text string) bool {
		return len(text) == len("0f1e55a0d3") && strings.Trim(text, "0123456789abcdef") == ""
	},
	"seconds": func(text string) bool { return len(text) == len("1777886102.158") && isFraction(text) },
	"elb":     func(text string) bool { return balanced[text] },
	// s3 is what was done, such as REST.GET.OBJECT.
	"s3": func(text string) bool { return strings.Count(text, ".") == 2 && strings.ToUpper(text) == text },
}

// balanced are the kinds of connections of an application load balancer.
var balanced = ascii.WordSet("http https h2 grpcs ws wss")

// take stores a field. It reports false if the text does not have the field's form.
func (r *shapeReader) take(field, text string) bool {
	e := &r.entry
	switch field {
	case "time":
		return r.takeTime(text)
	case "when": // a whole time, or one without a day, which says too little
		if t, ok := value.ParseLineTime(text, r.zone); ok {
			e.setEnd(t)
		}
		return forms["word"](text)
	case "stamp":
		t, err := time.ParseInLocation("20060102150405", text, r.zone)
		e.setEnd(value.LineTime{Nanos: t.UnixNano(), WholeSeconds: true})
		return err == nil
	case "client":
		return r.takeClient(strings.TrimSpace(text))
	case "client:port":
		client := address.CutPort(text)
		return client != text && r.takeClient(client)
	case "method":
		e.Method = text
		return value.Method(text) == text && len(text) > 2
	case "target":
		e.Target = text
		return strings.HasPrefix(text, "/") && !strings.ContainsAny(text, " \t")
	case "url":
		e.Target = text
		return isURL(text)
	case "request":
		return e.setRequestLine(text)
	case "status":
		return e.setStatus(strings.TrimSpace(text))
	case "scheme":
		e.Scheme = text
		return text == "http" || text == "https"
	case "host":
		e.Host = text
		return !strings.ContainsAny(text, "\" \t")
	case "bucket": // that of a website is called as its host
		if isHostText(text) {
			e.Host = text
		}
	case "ua":
		e.UserAgent = text
	case "last": // the user agent, after columns that bars separate
		e.UserAgent = text
		return strings.IndexByte(text, '|') < 0
	case "referer":
		if text != "None" { // Python's word for none
			e.Referer = text
		}
	case "forwarded":
		e.ForwardedFor = text
	default:
		return r.takeDuration(field, text)
	}
	return true
}

func (r *shapeReader) takeTime(text string) bool {
	t, ok := value.ParseLineTime(text, r.zone)
	if r.shape.startStamped {
		r.entry.Start = t.Nanos
	} else {
		r.entry.setEnd(t)
	}
	return ok
}

// takeClient takes an address, or that there is none.
func (r *shapeReader) takeClient(text string) bool {
	if isAddress(text) {
		r.entry.setClient(text)
		return true
	}
	return isDash(text)
}

// takeDuration takes a duration, or the number or the unit of one.
func (r *shapeReader) takeDuration(field, text string) bool {
	e := &r.entry
	text = strings.TrimSpace(text)
	switch field {
	case "duration":
		d, err := time.ParseDuration(text)
		e.setDuration(d, err == nil)
		return err == nil
	case "amount":
		r.last = text
		return ascii.IsDigits(text)
	case "unit":
		unit := unitOf(text)
		e.setNumber(r.last, unit)
		return unit != 0
	case "ms", "s":
		e.setNumber(text, unitOf(field))
		return text == "-" || text == `"-"` || e.HasDuration
	case "part": // of several, in seconds; a negative one was not measured
		return r.addPart(text)
	}
	return false
}

// addPart adds a part of a duration in seconds. If one is negative, which means that it
// was not measured, the whole is not known.
func (r *shapeReader) addPart(text string) bool {
	e := &r.entry
	if strings.HasPrefix(text, "-") {
		e.Duration = -maxLineDuration
	}
	nanos, _, ok := value.Text(strings.TrimPrefix(text, "-")).AsDuration(time.Second)
	if ok && nanos < int64(maxLineDuration) {
		e.Duration += time.Duration(nanos)
	}
	e.HasDuration = e.Duration >= 0
	return ok || text == "-"
}
