// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// manySites is a set of n sites, each with a host and its subdomains.
func manySites(tb testing.TB, n int) *Set {
	tb.Helper()
	var hosts [][]string
	for i := range n {
		hosts = append(hosts, []string{fmt.Sprintf("client%d.example", i), fmt.Sprintf("*.client%d.example", i)})
	}
	r, err := New(knownAgents("", hosts...), zap.NewNop())
	require.NoError(tb, err)
	return r.Set()
}

func TestASiteIsFoundWithoutAllocation(t *testing.T) {
	if fixture.RaceDetector {
		t.Skip("the race detector allocates")
	}
	s := manySites(t, 200)
	for _, host := range []string{"client7.example", "www.client3.example:8443", "other.example", strings.Repeat("a.", 126) + "a"} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { s.Of(host) }))
	}
}

func BenchmarkOf(b *testing.B) {
	for _, n := range []int{1, 200, 5000} {
		s := manySites(b, n)
		for name, host := range map[string]string{"name": "client0.example", "subdomain": "www.client0.example", "other": "www.other.example"} {
			b.Run(fmt.Sprintf("%d sites/%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					s.Of(host)
				}
			})
		}
	}
}
