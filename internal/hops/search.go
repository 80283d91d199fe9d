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

	searched
}

// searched is how far a search came that found nothing.
type searched struct {
	awaits uint64 // the key of the span that is missing; 0: none
	below  uint64 // the word of the span below it; 0: the server span itself
	// isCalled says that the caller is known. The server span is a hop unless the caller's
	// parent, which is awaited, is of the server span's own service.
	isCalled bool
}

// climb says whether a serving span is above a span that is below the span with the
// key, which is its parent. The zero fact is the server span itself.
func (c *search) climb(key uint64, below fact) bool {
	if below.kind().serves() {
		return c.confirm(key, below)
	}
	if c.steps == 0 || key == 0 || key == c.span.Key {
		return false
	}
	c.steps--
	known := false
	for found := c.memory.find(key); ; {
		f, ok := found.next()
		if !ok {
			break
		}
		known = true
		if below.word == 0 && !c.isCaller(f) || below.word != 0 && !isLink(below, f, c.span.Start, c.tolerance) {
			continue
		}
		switch {
		case !f.kind().serves():
			if f.isAnchored() || c.climb(f.parent, f) {
				return true
			}
		case below.word == 0:
			if c.confirm(f.parent, f) {
				return true
			}
		case f.isAnchored() || !c.mayReturn(f.parent):
			return true
		}
	}
	if !known && c.awaits == 0 && !c.isCalled {
		c.awaits, c.below = key, below.word
	}
	return false
}

// isCaller says whether the span that the server span names as its parent may be its
// caller. The visitor writes that name, and may have learned the id of a serving span
// from an answer, so the times must fit. A span that calls is proof enough then. Else
// the peer must be one of ours, or, if nobody knows, at least be another service. One
// service calls itself only while it serves, by its own clock. Of that service and an
// unknown peer, it must be the span of another instrumentation: one within the other,
// such as a framework's within the server's. Visitors reach the outer one.
func (c *search) isCaller(f fact) bool {
	if c.span.IsLocal {
		return true
	}
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
	case c.peer == Stranger, c.peer == UnknownPeer && late == 0 && f.isOfScope(c.span.Scope):
		return false
	}
	return f.during(at, c.tolerance, late)
}

// confirm says whether a serving span that no call stands above is the server span's
// caller. The key is its parent's. It is not if it was called by the server span's own
// service: then that service's visitor has learned its id. While the parent is not
// known, isCalled says that nothing else is missing.
func (c *search) confirm(key uint64, caller fact) bool {
	if caller.parent != 0 && !caller.isOf(c.span.Service) && !c.span.IsLocal {
		known := false
		for found := c.memory.find(key); ; known = true {
			f, ok := found.next()
			if !ok {
				break
			}
			if f.isOf(c.span.Service) {
				return false
			}
		}
		if !known {
			c.isCalled, c.awaits, c.below = true, key, caller.word
			return false
		}
	}
	return caller.isAnchored() || !c.mayReturn(caller.parent)
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
		for found := c.memory.find(key); ; {
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
