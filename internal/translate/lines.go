// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/accesslog"
	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// readLine stores what a line of an access log says. It is in columns, in a format that
// accesslog.Reader reads, or in pairs.
func (t *Translator) readLine(text string) {
	isKnown := t.columns.headers.Any() // then no other reader may find a request in a column
	if t.readColumns(text) || isKnown && t.readCarriedColumns(text) {
		return
	}
	if t.lines.Read(withoutMessage(text), t.facts.zone) {
		t.facts.storeEntry(&t.lines.Entry)
		t.facts.noteCaller(mapping.IsOfCaller(t.lines.Names.Logger) || mapping.IsOfCaller(t.lines.Names.Program))
		return
	}
	plain := accesslog.WithoutData(text)
	if t.readSIEM(plain) || t.readLabels(text) || !isKnown && t.readCarriedColumns(text) {
		return
	}
	if t.readPairs(plain); t.facts.hasRequest() {
		t.notePrefixOfPairs(text)
	}
}

// notePrefixOfPairs looks at what stands before the first pair of a line. A part of a line that
// a runtime split says nothing.
func (t *Translator) notePrefixOfPairs(text string) {
	names, message, ok := accesslog.PrefixOfPairs(text, t.facts.zone)
	if !ok {
		t.facts.reset(t.source)
		return
	}
	t.facts.noteNames(names)
	t.facts.noteWords(message)
	t.facts.noteCaller(mapping.BeginsWithFault(text))
	if word := message[strings.LastIndexByte(message, ' ')+1:]; strings.HasSuffix(word, ":") {
		t.facts.noteNames(accesslog.Names{Logger: word})
	}
}

// withoutMessage removes the lines before that of an access log: those with no
// address, "-" or quotation mark. Their words would be taken for a host. A line break after
// one of these can be one that a visitor wrote into a user's name, so it ends nothing.
func withoutMessage(text string) string {
	for {
		end := strings.IndexByte(text, '\n')
		if end < 0 || strings.IndexByte(text[:end], '"') >= 0 || beginsEntry(text[:end]) {
			return text
		}
		text = strings.TrimSpace(text[end:])
	}
}

// beginsEntry reports whether a client or a mark of absence stands in a line.
func beginsEntry(line string) bool {
	for word := range strings.FieldsSeq(line) {
		if word == "-" || address.Parse(word) != "" {
			return true
		}
	}
	return false
}

// readSIEM stores what a line in CEF or LEEF says. It reports whether the line is one.
func (t *Translator) readSIEM(line string) bool {
	pairs, ok := accesslog.NewSIEM(line)
	for _, pair := range pairs {
		if m := lookup(t, pair[0]); m != nil {
			t.facts.storeText(m, pair[1])
		}
	}
	return ok
}

// readCarriedColumns reads a line in columns that syslog or a container's runtime carries.
func (t *Translator) readCarriedColumns(text string) bool {
	length := accesslog.CarrierPrefix(text, t.facts.zone)
	if length == 0 || length == len(text) {
		return false
	}
	if text[length] == '#' || t.columns.headers.Any() {
		t.columns.enterSource(accesslog.SourceOf(text[:length]))
	}
	isRead := t.readColumns(text[length:])
	t.columns.enterSource("")
	return isRead
}

// readLabels stores what a line in LTSV says. It reports whether the line is one.
func (t *Translator) readLabels(line string) bool {
	labels, ok := accesslog.NewLabels(line)
	if !ok {
		if strings.IndexByte(line, '\t') < 0 {
			return false
		}
		labels, ok = accesslog.NewLabels(line[accesslog.CarrierPrefix(line, t.facts.zone):])
	}
	if !ok {
		var names accesslog.Names
		labels, names, ok = accesslog.LabelsAfter(line, t.facts.zone)
		t.facts.noteCaller(ok && mapping.IsOfCaller(names.Logger))
	}
	if !ok {
		return false
	}
	for key, text := range labels.All(t.isOwnKey) {
		if m := lookup(t, key); m != nil {
			t.facts.storeText(m, text)
		}
	}
	return true
}

// isOwnKey says whether the user names a key of lines.
func (t *Translator) isOwnKey(key string) bool {
	m := lookup(t, key)
	return m != nil && m.IsOwn()
}

// targetsOfKeys are the fields in which keys beside a line can have a target.
var targetsOfKeys = targetFields.With(visit.SetOf(visit.Query))

func (f *facts) dropTargets() {
	for i := range targetsOfKeys.Shared(&f.present) {
		f.drop(i)
	}
}

// noteNames notes that JSON or pairs are of a program that called another one, or that only
// shows them, as the names before them say. Both can have the user agent of the program itself.
func (f *facts) noteNames(names accesslog.Names) {
	f.offer(visit.Outgoing, mapping.FromLine, names.Logger, 0, mapping.IsOfCallerOutside(names.Logger))
	f.noteCaller(mapping.IsOfCaller(names.Program))
}

// noteCaller notes that names say so of which a visitor may have written a part, such as
// X-Forwarded-For or the number of his request. Nothing counts beside what tells who he is.
func (f *facts) noteCaller(isCaller bool) {
	f.offer(visit.Outgoing, mapping.FromLine.Poor(), "", callSign, isCaller)
}

// storeEntry stores what a line says. It takes precedence over all attributes. The line
// has the whole target, so a path beside it is another, such as that of the log's file, unless
// the user names its key.
func (f *facts) storeEntry(e *accesslog.Entry) {
	if f.present.Meets(&targetsOfKeys) {
		f.dropTargets()
	}
	f.set(visit.Method, mapping.FromLine, e.Method, 1)
	switch {
	case e.RequestLine != "":
		f.set(visit.RequestLine, mapping.FromLine, e.RequestLine, 0)
	case f.precedence[visit.Target] < mapping.FromOwnKey:
		f.set(visit.Target, mapping.FromLine, e.Target, 0)
	}
	f.set(visit.Status, mapping.FromLine, "", e.Status)
	if e.Start != 0 {
		f.set(visit.StartTime, mapping.FromLine, "", e.Start)
	}
	switch {
	case e.End == 0:
	case e.WholeSeconds:
		f.set(visit.EndTime, mapping.FromLine, value.InSeconds, e.End)
	default:
		f.set(visit.EndTime, mapping.FromLine, "", e.End)
	}
	if e.HasDuration {
		f.set(visit.Duration, mapping.FromLine, "", int64(e.Duration))
	}
	ip, public := e.ClientIP, e.IsPublic
	if ip == "" && e.Client != "" {
		ip, public = address.Best(e.Client)
	}
	f.offer(visit.ClientIP, mapping.FromLine, ip, oneIf(public), ip != "")
	scheme := uri.SchemeOf(e.Scheme)
	f.offer(visit.Scheme, mapping.FromLine, scheme, 0, scheme != "")
	if e.Host != "" {
		f.storeHost(visit.Host, mapping.FromLine, e.Host)
	}
	if e.Cluster != "" {
		f.mesh = [mapping.MeshAddresses]string{mapping.SentFrom: e.SentFrom, mapping.ReceivedAt: e.ReceivedAt, mapping.SentBy: e.Peer}
		f.storeCluster(mapping.FromLine, e.Cluster)
	}
	f.offer(visit.ForwardedFor, mapping.FromLine, e.ForwardedFor, 0, !value.IsAbsent(e.ForwardedFor))
	f.offer(visit.UserAgent, mapping.FromLine, e.UserAgent, 0, !value.IsAbsent(e.UserAgent))
	f.offer(visit.Referer, mapping.FromLine, e.Referer, 0, !value.IsAbsent(e.Referer))
}

// readPairs stores what a line in pairs says, or nothing if the line is cut off.
func (t *Translator) readPairs(line string) {
	p := accesslog.NewPairs(line)
	for key, text := range p.All() {
		if key == "" || key == "t" && !t.isOwnKey(key) { // Go's log15 and Grafana
			t.facts.storeLineTime(text)
		} else if m := lookup(t, key); m != nil {
			takeText(t, m, key, text, maxDepth)
		} else if mayHoldRequest(key) {
			noteRequest(t, key, text)
		}
	}
	if p.IsCutOff {
		t.facts.reset(t.source)
	}
}

// storeLineTime stores a word of a line of pairs that has no key, or one that is nearly
// always a time's, if it is a time. A bare number is not taken for one.
func (f *facts) storeLineTime(word string) {
	if n, precision, ok := value.Text(word).AsTimestamp(); ok && !ascii.IsDigits(word) {
		f.offer(visit.EndTime, mapping.FromLine, precision, n, true)
	}
}
