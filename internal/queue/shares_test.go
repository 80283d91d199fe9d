// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSharesAreRunsOfOneSite(t *testing.T) {
	_, sites := newSites(2)
	var s Shares
	for range 2 { // its memory is used again
		for _, add := range []struct {
			site int
			line string
		}{{0, "a\n"}, {0, "bb\n"}, {1, "c\n"}, {0, "d\n"}} {
			s.Add(sites[add.site], append(s.Buffer(), add.line...))
		}
		assert.Equal(t, []Share{{sites[0], []byte("a\nbb\n"), 2}, {sites[1], []byte("c\n"), 1}, {sites[0], []byte("d\n"), 1}}, s.All())
		assert.Equal(t, 4, s.Visits())
		assert.Equal(t, 9, s.Size())
		s.Clear()
		assert.Empty(t, s.All())
		assert.Zero(t, s.Visits()+s.Size())
	}
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		s.Add(sites[0], append(s.Buffer(), '\n'))
		s.Add(sites[1], append(s.Buffer(), '\n'))
		s.All()
		s.Clear()
	}))
}
