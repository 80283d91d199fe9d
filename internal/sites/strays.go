// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Strays counts the hosts that no site has, in little memory: the frequent ones are found,
// with about as many visits as they had, whatever a scanner asks for (Misra and Gries,
// "Finding repeated elements", 1982). nil counts nothing.
type Strays struct {
	mu     sync.Mutex
	counts map[string]int
}

const (
	maxStrays   = 64
	shownStrays = 10
)

// Add counts a visit. The host is normalised; it is empty if it is not known.
func (s *Strays) Add(host string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = map[string]int{}
	}
	if _, known := s.counts[host]; known || len(s.counts) < maxStrays {
		s.counts[strings.Clone(host)]++ // the telemetry's memory is not kept
		return
	}
	for other := range s.counts {
		if s.counts[other]--; s.counts[other] == 0 {
			delete(s.counts, other)
		}
	}
}

// Frequent are the most frequent hosts, each with about how many visits it had.
func (s *Strays) Frequent() []string {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	hosts := slices.SortedFunc(maps.Keys(s.counts), func(a, b string) int {
		return cmp.Or(s.counts[b]-s.counts[a], strings.Compare(a, b))
	})
	shown := make([]string, 0, shownStrays)
	for _, host := range hosts[:min(len(hosts), shownStrays)] {
		shown = append(shown, fmt.Sprintf("%s (%d)", cmp.Or(host, "unknown"), s.counts[host]))
	}
	return shown
}

// Explain is what an explanation shows besides the item.
func (s *Strays) Explain(reason visit.SkipReason) []zap.Field {
	if s == nil || reason != visit.SkipNoSite {
		return nil
	}
	return []zap.Field{zap.Strings("frequent_hosts", s.Frequent())}
}
