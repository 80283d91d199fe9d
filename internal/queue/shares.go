// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import "github.com/agentvisits/agentvisitsexporter/internal/destination"

// Share is visits of one site in a payload: encoded, each followed by the framing's
// separator.
type Share struct {
	Site  *destination.Site
	Lines []byte
	Count int
}

// Shares collects the encoded visits of a payload. Its memory is used again. Visits of a
// site that follow each other are one share.
type Shares struct {
	lines  []byte
	all    []Share
	ends   []int // of the shares' lines
	visits int
}

// Buffer is what the next visit is to be appended to.
func (s *Shares) Buffer() []byte { return s.lines }

// Add takes the buffer back with one more visit, which is of the site.
func (s *Shares) Add(site *destination.Site, buffer []byte) {
	s.lines = buffer
	s.visits++
	last := len(s.all) - 1
	if last < 0 || s.all[last].Site != site {
		s.all, s.ends = append(s.all, Share{Site: site}), append(s.ends, 0)
		last++
	}
	s.all[last].Count++
	s.ends[last] = len(buffer)
}

// Visits is how many there are.
func (s *Shares) Visits() int { return s.visits }

// Size is how many bytes they have.
func (s *Shares) Size() int { return len(s.lines) }

// All is what Memory.Put takes. It is valid until the next call of Add or Clear.
func (s *Shares) All() []Share {
	start := 0
	for i, end := range s.ends {
		s.all[i].Lines, start = s.lines[start:end:end], end
	}
	return s.all
}

// Clear forgets all visits.
func (s *Shares) Clear() {
	clear(s.all)
	s.lines, s.all, s.ends, s.visits = s.lines[:0], s.all[:0], s.ends[:0], 0
}

// sizeOfAll is how many bytes and visits shares have.
func sizeOfAll(shares []Share) (size, count int) {
	for i := range shares {
		size, count = size+len(shares[i].Lines), count+shares[i].Count
	}
	return size, count
}
