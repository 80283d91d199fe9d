// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/hostname"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
)

// randomName is a host of few labels, so that names often are equal, or lie below each other.
func randomName(r *rand.Rand) string {
	labels := []string{"a", "b", "www", "shop"}
	name := []string{"example", "test"}[r.IntN(2)]
	for range 1 + r.IntN(3) {
		name = labels[r.IntN(len(labels))] + "." + name
	}
	return name
}

// randomSpelling writes a name in another way.
func randomSpelling(r *rand.Rand, name string) string {
	if r.IntN(3) == 0 {
		name = strings.ToUpper(name)
	}
	if r.IntN(3) == 0 {
		name += "."
	}
	return name
}

// slowly finds the site of a host by asking each pattern of each site, as a reader of the
// documents would.
func slowly(sites map[string][]string, host string) string {
	name := strings.TrimSuffix(strings.ToLower(host), ".")
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = strings.TrimSuffix(name[:i], ".")
	}
	best, length := "", -1
	for site, patterns := range sites {
		for _, pattern := range patterns {
			pattern = strings.TrimSuffix(strings.ToLower(pattern), ".")
			suffix, isBelow := strings.CutPrefix(pattern, "*")
			switch {
			case !isBelow && name == pattern:
				return site
			case isBelow && strings.HasSuffix(name, suffix) && len(suffix) > length:
				best, length = site, len(suffix)
			}
		}
	}
	return best
}

// TestEachHostGoesToTheSiteThatASlowReaderFinds uses random sites and hosts.
func TestEachHostGoesToTheSiteThatASlowReaderFinds(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		taken := map[string]bool{}
		sites := map[string][]string{}
		var listed [][]string
		for range 1 + r.IntN(12) {
			var hosts []string
			for range 1 + r.IntN(3) {
				pattern := randomName(r)
				if r.IntN(2) == 0 {
					pattern = "*." + pattern
				}
				if !taken[pattern] {
					taken[pattern] = true
					hosts = append(hosts, randomSpelling(r, pattern))
				}
			}
			if len(hosts) > 0 {
				sites["known_agents/"+strings.TrimSuffix(strings.ToLower(hosts[0]), ".")] = hosts
				listed = append(listed, hosts)
			}
		}
		known, err := New(knownAgents("", listed...), zap.NewNop())
		require.NoError(t, err, listed)
		for range 200 {
			host := randomSpelling(r, randomName(r))
			if r.IntN(3) == 0 {
				host += []string{":8443", ":443"}[r.IntN(2)]
			}
			got := ""
			if s := known.Set().Of(uri.Host(host)); s != nil {
				got = s.Identity()
			}
			require.Equal(t, slowly(sites, host), got, "%s among %v", host, listed)
		}
	}
}

// TestUnderReloadsNoHostGoesToASiteThatNeverHadIt changes files at random, good and faulty
// ones, several between two looks. A host belongs to nobody, or to a site whose file names it
// now, or names it no more but is faulty.
func TestUnderReloadsNoHostGoesToASiteThatNeverHadIt(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 2))
			rig := newRig(t, nil, []string{"list.example"})
			files, everGood := map[string]bool{}, map[string]map[string]bool{}
			for range 40 {
				for range 1 + r.IntN(3) {
					change(r, rig, files, everGood)
				}
				if len(files) == 0 {
					continue // see errEmptied
				}
				rig.settle()
				rig.requireNothingShared(t)
				for name := range everGood {
					for _, host := range fewHosts() {
						if s := rig.Set().Of(host); s != nil && s.Identity() == "known_agents/"+name {
							require.True(t, everGood[name][host], "%s is none of %s", host, name)
							require.True(t, files[name+".yaml"], "%s was removed", name)
						}
					}
				}
				requireReasons(t, rig)
			}
			assert.Equal(t, "known_agents/list.example", rig.nameOf("list.example"))
		})
	}
}

func fewHosts() []string {
	var hosts []string
	for i := range 6 {
		hosts = append(hosts, fmt.Sprintf("h%d.example", i))
	}
	return hosts
}

// change writes or removes a file.
func change(r *rand.Rand, rig *rig, files map[string]bool, everGood map[string]map[string]bool) {
	name := fmt.Sprintf("p%d", r.IntN(5))
	file := name + ".yaml"
	switch r.IntN(6) {
	case 0:
		if files[file] {
			rig.remove(file)
			delete(files, file)
		}
	case 1:
		rig.write(file, "hosts: [h1.example")
		files[file] = true
	default:
		hosts := fewHosts()
		r.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
		hosts = hosts[:1+r.IntN(2)]
		rig.write(file, site("s3cret-"+name, hosts...)+"project: "+name+"\n")
		files[file] = true
		if everGood[name] == nil {
			everGood[name] = map[string]bool{}
		}
		for _, host := range hosts {
			everGood[name][host] = true
		}
	}
}

// requireNothingShared: each version that counts has its hosts, its identity and its secret
// for itself, and the set has exactly these hosts.
func (r *rig) requireNothingShared(t *testing.T) {
	t.Helper()
	hosts, identities := map[string]string{"list.example": "known_agents/list.example"}, map[string]bool{}
	for _, f := range r.directory.all() {
		if f.good == nil {
			continue
		}
		require.Same(t, f.good.to, r.Find(f.good.to.Identity()).Destination())
		require.False(t, identities[f.good.to.Identity()])
		identities[f.good.to.Identity()] = true
		for _, p := range f.good.patterns {
			require.Empty(t, hosts[p.String()])
			hosts[p.String()] = f.good.to.Identity()
		}
	}
	require.Len(t, r.Set().byPattern, len(hosts))
	for host, identity := range hosts {
		require.Equal(t, identity, r.nameOf(host))
	}
}

// requireReasons: a file that does not count as it is has something of another one
// that counts.
func requireReasons(t *testing.T, r *rig) {
	t.Helper()
	for _, f := range r.directory.all() {
		if f.next == nil || f.good == f.next {
			continue
		}
		require.Error(t, f.conflict, f.name)
		require.True(t, slices.ContainsFunc(r.directory.all(), func(other *file) bool {
			return other != f && other.good != nil && slices.ContainsFunc(f.next.patterns, func(p hostname.Pattern) bool { return slices.Contains(other.good.patterns, p) })
		}), "%s has a reason", f.name)
	}
}

// FuzzFile shows that no file makes the reader fail, that no message shows a line of it, and
// that a file that is read has a host and a secret.
func FuzzFile(f *testing.F) {
	for _, text := range []string{
		site("s3cret", "a.example"), "hosts: *a\n", "a: &a [*a]\n", "? [a]\n: b\n", "hosts: {a: {b: c}}\n1: 2\n", "!!binary aGk=: a\n", "<<: [a]\n", "hosts: [2001:db8::1]\naccess_token: 1e5\n",
		"hosts: [a.example]\naccess_token: 2026-01-01\n", "\xff\xfe", "%YAML 9\n---\n", "hosts: [~, null, true]\naccess_token: x\n", "access_token::x: 1\n", "hosts::0: a\n",
	} {
		f.Add([]byte(text))
	}
	sites := knownAgents("/none")
	f.Fuzz(func(t *testing.T, text []byte) {
		began := time.Now()
		v, err := parse(text, "a.yaml", age{}, sites)
		require.Less(t, time.Since(began), 10*time.Second)
		if err != nil {
			return
		}
		require.NotEmpty(t, v.name)
		require.NotEmpty(t, v.patterns)
		require.NotNil(t, v.to.Authorize)
	})
}
