// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

// readLine takes the facts out of a line of an access log: of a format that
// readEntry knows, in columns, or in pairs.
func (t *translator) readLine(text string) {
	if e, ok := readEntry(text, t.facts.zone); ok {
		t.facts.storeEntry(&e)
		return
	}
	if !t.readColumns(text) {
		t.readPairs(text)
	}
}

// storeEntry keeps what a line says. It comes before anything that attributes say.
func (f *facts) storeEntry(e *entry) {
	f.set(requestLine, lineRank, e.requestLine, 0)
	f.set(status, lineRank, "", e.status)
	if e.start != 0 {
		f.set(startTime, lineRank, "", e.start)
	}
	switch {
	case e.end == 0:
	case e.wholeSeconds:
		f.set(endTime, lineRank, inSeconds, e.end)
	default:
		f.set(endTime, lineRank, "", e.end)
	}
	if e.hasDuration {
		f.set(duration, lineRank, "", int64(e.duration))
	}
	f.storeLineText(clientIP, e.client)
	f.storeLineText(host, e.host)
	f.storeLineText(forwardedFor, e.forwardedFor)
	f.storeLineText(userAgent, e.userAgent)
	f.storeLineText(referer, e.referer)
}

// storeLineText keeps a text of a line, which may be absent or of no use.
func (f *facts) storeLineText(i field, text string) {
	if text != "" {
		f.storeText(&mapping{field: i, precedence: lineRank}, text)
	}
}

// readColumns reports whether the line is one of columns.
func (t *translator) readColumns(text string) bool {
	var c columns
	if !c.read(text) {
		return false
	}
	for i, key := range c.keys {
		if a := lookup(t, key); a != nil {
			t.facts.storeText(a, c.texts[i])
		}
	}
	return true
}

// readPairs forgets a line that is cut off.
func (t *translator) readPairs(text string) {
	p := newPairs(text)
	for p.next() {
		if p.key == "" {
			t.facts.storeLineTime(p.text)
		} else if a := lookup(t, p.key); a != nil {
			t.facts.storeText(a, p.text)
		}
	}
	if p.isCutOff {
		t.facts.reset(t.source)
	}
}

// storeLineTime keeps a word of a line that stands alone, if it is a time. A bare
// number is none.
func (f *facts) storeLineTime(word string) {
	if n, precision, ok := textValue(word).asTimestamp(); ok && !isDigits(word) {
		f.offer(endTime, lineRank, precision, n, true)
	}
}
