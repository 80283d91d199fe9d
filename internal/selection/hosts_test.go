// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/hostname"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestHostsAreChosenByPattern(t *testing.T) {
	for name, c := range map[string]struct {
		config  HostsConfig
		counts  []string
		ignores []string
	}{
		"all by default": {HostsConfig{}, []string{"a.example", "10.0.0.7", ""}, nil},
		"an included host": {
			HostsConfig{Include: []string{"www.example.com"}},
			[]string{"www.example.com", "WWW.Example.COM", "www.example.com.", "www.example.com:8443", "www.example.com.:80"},
			[]string{"example.com", "a.www.example.com", "www.example.com.evil.test", "wwwXexample.com", "www.example.co", "com", "10.0.0.7", ""},
		},
		"subdomains": {
			HostsConfig{Include: []string{"*.example.com"}},
			[]string{"www.example.com", "a.b.example.com:8080"},
			[]string{"example.com", "notexample.com", "example.com.evil.test", ""},
		},
		"any of several": {
			HostsConfig{Include: []string{"Example.com.", "*.EXAMPLE.org", "localhost", "cart"}},
			[]string{"example.com", "a.example.org", "localhost:8080", "cart:80"},
			[]string{"a.example.com", "example.org", "cart.shop"},
		},
		"an excluded host": {
			HostsConfig{Exclude: []string{"cart.shop.svc.cluster.local"}},
			[]string{"www.example.com", "shop.svc.cluster.local", ""},
			[]string{"cart.shop.svc.cluster.local:8080"},
		},
		"an excluded part of a cluster": {
			HostsConfig{Exclude: []string{"*.local"}},
			[]string{"www.example.com", "local", ""},
			[]string{"cart.shop.svc.cluster.local:8080", "a.local"},
		},
		"exclusion wins": {
			HostsConfig{Include: []string{"*.example.com"}, Exclude: []string{"*.test.example.com", "old.example.com"}},
			[]string{"www.example.com", "test.example.com"},
			[]string{"a.test.example.com", "old.example.com"},
		},
		"an international name in either spelling": {
			HostsConfig{Include: []string{"BÜCHER.example", "*.xn--r8jz45g.test"}},
			[]string{"bücher.example", "xn--bcher-kva.example", "XN--BCHER-KVA.example:8080", "a.例え.test"},
			[]string{"bucher.example", "例え.test"},
		},
		"addresses": {
			HostsConfig{Include: []string{"10.0.0.7", "[2001:DB8:0::1]", "2001:db8::2"}},
			[]string{"10.0.0.7:8080", "[2001:db8::1]:8080", "[2001:db8:0:0::1]", "2001:db8::2"},
			[]string{"10.0.0.70", "[2001:db8::3]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			faults := validation.NewFaults()
			checkHosts(faults, &c.config)
			require.NoError(t, faults.Err())
			f := New(&Config{Hosts: c.config})
			for _, host := range append(c.counts, c.ignores...) {
				v := &visit.Visit{Host: uri.Host(host), Served: uri.Host(host)}
				assert.Equal(t, len(c.ignores) == 0 || slices.Contains(c.counts, host), f.Host(v), host)
			}
		})
	}
}

// TestAClaimedHostDecidesNothing: a visitor writes it, or an unknown proxy.
func TestAClaimedHostDecidesNothing(t *testing.T) {
	include := HostsConfig{Include: []string{"www.example.com", "web.internal"}}
	exclude := HostsConfig{Exclude: []string{"cart.svc", "other.example"}}
	for name, c := range map[string]struct {
		config         HostsConfig
		served, claims string
		counts         bool
		leaves         string
	}{
		"it does not let another host in":         {include, "other.example", "www.example.com", false, ""},
		"it does not let an unknown host in":      {include, "", "www.example.com", false, ""},
		"it makes no included host vanish":        {include, "web.internal", "other.example", true, "web.internal"},
		"it stays if it is included":              {include, "web.internal", "www.example.com:8443", true, "www.example.com:8443"},
		"it does not let an excluded host in":     {exclude, "cart.svc", "www.example.com", false, ""},
		"it makes no host vanish":                 {exclude, "web.internal", "other.example", true, "web.internal"},
		"it makes no unknown host vanish":         {exclude, "", "other.example", true, ""},
		"it stays if nothing is said about hosts": {HostsConfig{}, "web.internal", "other.example", true, "other.example"},
	} {
		t.Run(name, func(t *testing.T) {
			v := &visit.Visit{Host: c.claims, Served: c.served}
			assert.Equal(t, c.counts, New(&Config{Hosts: c.config}).Host(v))
			if c.counts {
				assert.Equal(t, c.leaves, v.Host)
			}
		})
	}
}

func TestAMessageAboutHostsShowsNoSecret(t *testing.T) {
	for _, text := range []string{"https://user:s3cret@www.example.com/?key=s3cret", "user:s3cret@", "?key=s3cret", "a b@c?s3cret", "http://[s3cret@x"} {
		t.Run(text, func(t *testing.T) {
			faults := validation.NewFaults()
			checkHosts(faults, &HostsConfig{Exclude: []string{text}})
			require.Error(t, faults.Err())
			assert.NotContains(t, faults.Err().Error(), "s3cret")
		})
	}
}

// FuzzHostPattern shows that a pattern that is accepted matches something.
func FuzzHostPattern(f *testing.F) {
	for _, text := range []string{"www.example.com", "*.example.com", "10.0.0.0/8", "[::1]:80", "Bücher.example", "**.a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pattern := hostname.Read(text)
		if pattern == "" {
			return
		}
		host := string(pattern)
		if host[0] == '.' {
			if host = "a" + host; len(host) > 253 {
				return
			}
		}
		host = uri.Host(host)
		require.NotEmpty(t, host)
		require.True(t, newHosts(&HostsConfig{Include: []string{text}}).count(host))
		require.False(t, newHosts(&HostsConfig{Exclude: []string{text}}).count(host))
	})
}

func manyHosts(n int) (patterns []string) {
	for i := range n / 2 {
		patterns = append(patterns, fmt.Sprintf("site%d.example.com", i), fmt.Sprintf("*.client%d.example", i))
	}
	return patterns
}

func TestAHostIsChosenWithoutAllocation(t *testing.T) {
	if fixture.RaceDetector {
		t.Skip("the race detector allocates")
	}
	f := New(&Config{Hosts: HostsConfig{Include: manyHosts(1000)}})
	for _, host := range []string{"site7.example.com", "www.client3.example:8443", "other.example", strings.Repeat("a.", 126) + "a"} {
		v := &visit.Visit{Host: host, Served: host}
		assert.Zero(t, testing.AllocsPerRun(100, func() { f.Host(v) }))
	}
}

func BenchmarkHost(b *testing.B) {
	for _, patterns := range []int{0, 2, 1000} {
		f := New(&Config{Hosts: HostsConfig{Include: manyHosts(patterns)}})
		for name, host := range map[string]string{"name": "site0.example.com", "subdomain": "www.client0.example", "other": "www.other.example", "126 labels": strings.Repeat("a.", 126) + "a"} {
			b.Run(fmt.Sprintf("%d patterns/%s", patterns, name), func(b *testing.B) {
				v := &visit.Visit{Host: host, Served: host}
				b.ReportAllocs()
				for b.Loop() {
					f.Host(v)
				}
			})
		}
	}
}
