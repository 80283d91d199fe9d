// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

const simulatedWait = 15 * time.Second

// arrival is a payload and when it comes.
type arrival struct {
	at    time.Duration
	spans []*made
}

// roads says how spans travel from the services to the tracker.
type roads struct {
	delay    time.Duration // the longest of a payload
	lost     float64       // of payloads
	sampled  float64       // of services in a trace whose spans are all missing
	repeated float64       // of payloads
}

// payloads are the spans as each service sends them: in the order in which they end,
// every two seconds.
func (r roads) payloads(random *rand.Rand, spans []*made) (arrivals []arrival) {
	type flush struct {
		service uint32
		number  int64
	}
	type fragment struct {
		trace   int
		service uint32
	}
	batches := map[flush][]*made{}
	missing := map[fragment]bool{}
	for _, s := range spans {
		if of := (fragment{s.trace, s.Service}); !missing[of] {
			_, drawn := missing[of]
			missing[of] = !drawn && random.Float64() < r.sampled
		}
	}
	spans = slices.DeleteFunc(slices.Clone(spans), func(s *made) bool { return missing[fragment{s.trace, s.Service}] })
	slices.SortStableFunc(spans, func(a, b *made) int { return int(a.End - b.End) })
	var order []flush
	for _, s := range spans {
		f := flush{s.Service, (s.End - epoch) / 2e9}
		if batches[f] == nil {
			order = append(order, f)
		}
		batches[f] = append(batches[f], s)
	}
	for _, f := range order {
		if random.Float64() < r.lost {
			continue
		}
		for again := true; again; again = random.Float64() < r.repeated {
			at := time.Duration(f.number+1)*2*time.Second + time.Duration(random.Float64()*float64(r.delay))
			arrivals = append(arrivals, arrival{at, batches[f]})
		}
	}
	slices.SortFunc(arrivals, func(a, b arrival) int { return int(a.at - b.at) })
	return arrivals
}

// outcome is what became of the visits, by the spans' keys: how often each was one.
type outcome struct {
	visits  map[uint64]int
	hops    int
	waited  int
	decided int
}

// run drives a tracker through payloads, as the exporter does.
func run(t *Tracker, arrivals []arrival) outcome {
	o := outcome{visits: map[uint64]int{}}
	yield := func(r Released) { o.visits[keyIn(r.Visit)]++ }
	now := time.Duration(0)
	for _, a := range arrivals {
		for wait, ok := t.Next(now); ok && now+wait < a.at; wait, ok = t.Next(now) {
			now += wait
			o.hops += t.Expired(now, yield)
		}
		now = a.at
		spans := make([]Span, len(a.spans))
		for i, s := range a.spans {
			spans[i] = s.Span
		}
		o.hops += t.Note(now, spans)
		for _, s := range a.spans {
			if s.Kind != Server {
				continue
			}
			o.decided++
			switch t.Hold(now, &s.Span, s.request, visitOfKey(s.Key), 0) {
			case Visit, NoRoom:
				o.visits[s.Key]++
			case Hop:
				o.hops++
			case Waits:
				o.waited++
			}
		}
		o.hops += t.Expired(now, yield)
	}
	for wait, ok := t.Next(now); ok; wait, ok = t.Next(now) {
		now += wait
		o.hops += t.Expired(now, yield)
	}
	return o
}

func visitOfKey(key uint64) []byte { return fmt.Appendf(nil, "%016x", key) }

func keyIn(visit string) (key uint64) {
	if _, err := fmt.Sscanf(visit, "%x", &key); err != nil {
		panic(err)
	}
	return key
}

// exact decides by all spans that came within the wait, each remembered whole, and by
// no other sign than who is above whom.
func exact(arrivals []arrival, wait time.Duration) map[uint64]int {
	type came struct {
		first time.Duration
		span  *made
	}
	all := map[uint64]came{}
	for _, a := range arrivals {
		for _, s := range a.spans {
			if _, again := all[s.Key]; !again {
				all[s.Key] = came{a.at, s}
			}
		}
	}
	visits := map[uint64]int{}
	for _, a := range arrivals {
		for _, s := range a.spans {
			if s.Kind != Server {
				continue
			}
			above, isHop := all[s.Parent], false
			for above.span != nil && above.first <= a.at+wait && !isHop {
				isHop = above.span.Kind.serves()
				above = all[above.span.Parent]
			}
			if !isHop {
				visits[s.Key]++
			}
		}
	}
	return visits
}

// tally compares two answers.
type tally struct{ requests, visits, exact, more, fewer int }

func (y *tally) add(truth []*made, got, want map[uint64]int) {
	for _, s := range truth {
		if s.isVisit {
			y.requests++
		}
		if s.Kind == Server {
			y.visits += got[s.Key]
			y.exact += want[s.Key]
			y.more += max(got[s.Key]-want[s.Key], 0)
			y.fewer += max(want[s.Key]-got[s.Key], 0)
		}
	}
}
