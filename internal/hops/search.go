// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

// maxSteps bounds how many spans a search looks up, because parents can be many, and
// can form a ring.
const maxSteps = 128

// search looks for a serving span above a server span.
type search struct {
	memory    *memory
	tolerance int64 // of times, in nanoseconds
	span      *Span
	peer      Peer
	steps     int // that are left

	// If a link is missing: the key of the span that is not known yet, and the fact of
	// the one below it. That is the zero fact if the server span itself is below.
	awaits uint64
	below  fact
}

// climb says whether a serving span is above a span that is below the span with the
// key, which is its parent. The zero fact is the server span itself.
func (c *search) climb(key uint64, below fact) bool {
	if c.steps == 0 || key == 0 || key == c.span.Key {
		return false
	}
	c.steps--
	known := false
	for found := c.memory.find(key, parts+1); ; {
		f, ok := found.next()
		if !ok {
			break
		}
		known = true
		if below.word == 0 && !c.isCaller(f) || below.word != 0 && !isLink(below, f, c.span.Start, c.tolerance) {
			continue
		}
		if f.isAnchored() || f.kind().serves() && !c.mayReturn(f.parent) || !f.kind().serves() && c.climb(f.parent, f) {
			return true
		}
	}
	if !known && c.awaits == 0 {
		c.awaits, c.below = key, below
	}
	return false
}

// isCaller says whether the span that the server span names as its parent may be its
// caller. The visitor writes that name, and may have learned the id of a serving span
// from an answer, so the times must fit. A span that calls is proof enough then. Else
// the peer must be one of ours, or, if nobody knows, at least be another service. One
// service calls itself only while it serves, by its own clock, and the caller's caller
// is not the service itself.
func (c *search) isCaller(f fact) bool {
	at := c.span.Start
	switch f.kind() {
	case Client:
		return f.during(at, c.tolerance, c.tolerance)
	case Producer:
		return at > 0 && f.began(at, c.tolerance)
	}
	late := c.tolerance
	if f.isOf(c.span.Service) {
		late = 0
	}
	switch {
	case c.peer == Stranger, c.peer == UnknownPeer && late == 0:
		return false
	}
	return f.during(at, c.tolerance, late) && !c.isReturn(f)
}

// isReturn says whether a span of the server span's own service is right above its
// caller, which is of another.
func (c *search) isReturn(caller fact) bool {
	if caller.parent == 0 || caller.isOf(c.span.Service) {
		return false
	}
	for found := c.memory.find(caller.parent, parts+1); ; {
		f, ok := found.next()
		if !ok || f.isOf(c.span.Service) {
			return ok
		}
	}
}

// isLink says whether a span in between belongs to its parent. Within a service, and
// below a call, it does. Otherwise it came from elsewhere without a serving span, such
// as a page's that names the span that served the page, so it must lie within it. near
// is a time near both, in Unix nanoseconds.
func isLink(below, above fact, near, tolerance int64) bool {
	if above.kind().calls() || isSameService(below, above) {
		return true
	}
	earliest, latest, end := below.span(near)
	after, _ := above.distance(earliest)
	ended, _ := above.distance(end)
	_, before := above.distance(latest)
	return after <= tolerance && ended <= tolerance && before <= tolerance
}

// mayReturn says whether the server span may be above the span with the key: spans that
// are above each other would all vanish. It says so, too, if the way up is too long.
func (c *search) mayReturn(key uint64) bool {
	for key != 0 {
		if key == c.span.Key || c.steps == 0 {
			return true
		}
		c.steps--
		next := uint64(0)
		for found := c.memory.find(key, parts+1); ; {
			f, ok := found.next()
			if !ok || f.isAnchored() {
				break
			}
			if next = f.parent; next == c.span.Key {
				return true
			}
		}
		key = next
	}
	return false
}
