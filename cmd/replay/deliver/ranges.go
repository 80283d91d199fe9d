// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import "slices"

// span is a part of what a log holds, in bytes. The byte at its end is not in it.
type span [2]int64

// spans are parts of a log in order. No two of them touch.
type spans []span

// add puts a part in and joins what touches it.
func (s *spans) add(p span) {
	i := s.search(p[0])
	if i > 0 && (*s)[i-1][1] >= p[0] {
		i--
		p[0] = (*s)[i][0]
	}
	j := i
	for j < len(*s) && (*s)[j][0] <= p[1] {
		p[1] = max(p[1], (*s)[j][1])
		j++
	}
	*s = slices.Replace(*s, i, j, p)
}

// remove takes a part out.
func (s *spans) remove(p span) {
	var rest spans
	for _, q := range *s {
		if q[1] <= p[0] || q[0] >= p[1] {
			rest = append(rest, q)
			continue
		}
		if q[0] < p[0] {
			rest = append(rest, span{q[0], p[0]})
		}
		if q[1] > p[1] {
			rest = append(rest, span{p[1], q[1]})
		}
	}
	*s = rest
}

// has reports whether a place is in one of them.
func (s spans) has(at int64) bool {
	i := s.search(at + 1)
	return i > 0 && at < s[i-1][1]
}

// touches reports whether they have a part of p.
func (s spans) touches(p span) bool {
	i := s.search(p[1])
	return i > 0 && s[i-1][1] > p[0]
}

// covers reports whether one of them has all of p.
func (s spans) covers(p span) bool {
	i := s.search(p[0] + 1)
	return i > 0 && s[i-1][1] >= p[1]
}

// search returns how many begin before a place.
func (s spans) search(at int64) int {
	i, _ := slices.BinarySearchFunc(s, at, func(p span, at int64) int {
		if p[0] < at {
			return -1
		}
		return 1
	})
	return i
}

// bytes is how much they are.
func (s spans) bytes() (n int64) {
	for _, p := range s {
		n += p[1] - p[0]
	}
	return n
}
