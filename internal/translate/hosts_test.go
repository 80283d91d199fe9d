// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/selection"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// requests are a request to a server that names itself, and in which the visitor claims
// another host. Either may be empty.
var requests = map[string]func(t *testing.T, served, claimed string) fixture.Payload{
	"a span": func(_ *testing.T, served, claimed string) fixture.Payload {
		td := fixture.NewTraces("/a")
		a := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
		a.Remove("server.address")
		if served != "" {
			a.PutStr("http.request.header.host", served)
		}
		if claimed != "" {
			a.PutStr("http.request.header.x-forwarded-host", claimed)
			a.PutStr("http.request.header.forwarded", "for=198.51.100.1;host="+claimed)
		}
		return fixture.OfTraces(td)
	},
	"a JSON record": func(_ *testing.T, served, claimed string) fixture.Payload {
		return lineOf(fmt.Sprintf(`{"remote_addr":"203.0.113.9","request_method":"GET","request_uri":"/a","status":200,"http_host":%q,"http_x_forwarded_host":%q,"http_user_agent":"ExampleBot/1.0"}`, served, claimed))
	},
	"a line": func(_ *testing.T, served, claimed string) fixture.Payload {
		target := "/a"
		if claimed != "" {
			target = "http://" + claimed + "/a"
		}
		line := `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET ` + target + ` HTTP/1.1" 200 512 "-" "ExampleBot/1.0"`
		if served != "" {
			line = served + " " + line
		}
		return lineOf(line)
	},
}

func lineOf(line string) fixture.Payload {
	return fixture.OfLogs(fixture.NewLines(fixture.Arrival, []byte(line+"\n")))
}

// theVisit translates a payload of one request, and returns the host that the visit shows.
func theVisit(t *testing.T, cfg translate.Config, p fixture.Payload) (host string, reason visit.SkipReason) {
	t.Helper()
	items := 0
	translation.Each(translation.New(cfg), fixture.Arrival, p, func(v *visit.Visit, skip visit.SkipReason) {
		items++
		if reason = skip; skip == visit.NotSkipped {
			host = v.Host
			assert.Equal(t, v.Host, v.Text[visit.HostHeader])
		}
	})
	require.Equal(t, 1, items)
	return host, reason
}

func hostsConfig(include, exclude []string) translate.Config {
	return translate.Config{Selection: selection.Config{Hosts: selection.HostsConfig{Include: include, Exclude: exclude}}}
}

func TestVirtualHostsOfOneSourceAreToldApart(t *testing.T) {
	cfg := hostsConfig([]string{"www.example.com", "*.shop.example"}, []string{"test.shop.example"})
	for kind, request := range requests {
		for served, want := range map[string]visit.SkipReason{
			"www.example.com": visit.NotSkipped, "WWW.example.com:443": visit.NotSkipped, "www.example.com.": visit.NotSkipped, "a.shop.example:8443": visit.NotSkipped,
			"shop.example": visit.SkipHost, "test.shop.example": visit.SkipHost, "other.example": visit.SkipHost, "10.0.0.7:8080": visit.SkipHost, "": visit.SkipHost,
		} {
			for _, claimed := range []string{"", "www.example.com", "other.example"} {
				t.Run(strings.Join([]string{kind, served, claimed}, " "), func(t *testing.T) {
					host, reason := theVisit(t, cfg, request(t, served, claimed))
					assert.Equal(t, visit.SkipReasons[want], visit.SkipReasons[reason])
					if want == visit.NotSkipped {
						assert.Equal(t, uri.Host(served), host)
					}
				})
			}
		}
	}
}

// TestNoVisitOfAnotherHostEverLeaves tries random hosts, spelled in random ways, against
// random patterns. An oracle that knows nothing of maps says which count.
func TestNoVisitOfAnotherHostEverLeaves(t *testing.T) {
	random := rand.New(rand.NewPCG(14, 5))
	names := []string{"a.example", "b.example", "www.a.example", "x.www.a.example", "aa.example", "example", "web", "cart.svc.cluster.local", "xn--bcher-kva.example", ""}
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	left := 0
	for range 800 {
		include := []string{pick(names[:len(names)-1]), "*." + pick(names[:7])}
		exclude := []string{"*." + pick(names[:7])}
		if slices.ContainsFunc(include, func(p string) bool { return matches(exclude, strings.TrimPrefix(p, "*.")) }) || include[1] == exclude[0] {
			exclude = nil // they contradict
		}
		for kind, request := range requests {
			served, claimed := pick(names), pick(names)
			host, reason := theVisit(t, hostsConfig(include, exclude), request(t, spelled(random, served), claimed))
			counts := matches(include, served) && !matches(exclude, served)
			require.Equal(t, counts, reason == visit.NotSkipped, "%s of %q that claims %q, %q without %q", kind, served, claimed, include, exclude)
			if counts {
				left++
				name := uri.SiteName(host)
				require.True(t, matches(include, name) && !matches(exclude, name), "%s of %q that claims %q leaves as %q: %q without %q", kind, served, claimed, host, include, exclude)
			}
		}
	}
	assert.Greater(t, left, 300)
}

func matches(patterns []string, host string) bool {
	return host != "" && slices.ContainsFunc(patterns, func(pattern string) bool {
		if domain, found := strings.CutPrefix(pattern, "*"); found {
			return strings.HasSuffix(host, domain)
		}
		return host == pattern
	})
}

// spelled writes a host as servers may.
func spelled(random *rand.Rand, host string) string {
	if host == "" {
		return ""
	}
	if random.IntN(2) == 0 {
		host = strings.ToUpper(host)
	}
	return host + []string{"", ":80", ":443", ":8443"}[random.IntN(4)]
}

// TestAVisitorMakesNoVisitVanish: whatever a visitor claims, the answer is that without a
// claim, with every setting that goes by hosts.
func TestAVisitorMakesNoVisitVanish(t *testing.T) {
	for name, cfg := range map[string]translate.Config{
		"nothing": {}, "include": hostsConfig([]string{"www.example.com", "web.internal"}, nil), "exclude": hostsConfig(nil, []string{"other.example", "*.internal"}),
	} {
		for _, d := range append(translation.Destinations(), siteOf(ownSite)) {
			for kind, request := range requests {
				for _, served := range []string{ownSite, "web.internal", "10.0.0.7", ""} {
					outcome := func(claimed string) string {
						reason := visit.NotSkipped
						tr := translate.NewTranslator(translate.NewRules(cfg, d.Unused), time.UTC)
						translation.Each(tr, fixture.Arrival, request(t, served, claimed), func(v *visit.Visit, skip visit.SkipReason) {
							if reason = skip; skip == visit.NotSkipped {
								reason = d.Encode(nil, v).Skip
							}
						})
						return visit.SkipReasons[reason]
					}
					alone := outcome("")
					for _, claimed := range []string{otherSite, "OTHER.example:8080", ownSite, "10.9.9.9", "x.internal"} {
						t.Run(strings.Join([]string{name, d.Name, kind, served, claimed}, " "), func(t *testing.T) {
							if alone == visit.SkipReasons[visit.SkipNoHost] {
								return // a claim completes it
							}
							assert.Equal(t, alone, outcome(claimed))
						})
					}
				}
			}
		}
	}
}

// TestATrustedProxysHostDecides: it is the server's own word.
func TestATrustedProxysHostDecides(t *testing.T) {
	cfg := hostsConfig([]string{"www.example.com"}, nil)
	cfg.ClientIP.TrustedProxies = []string{"10.0.0.0/8"}
	for peer, want := range map[string]visit.SkipReason{"10.0.0.7": visit.NotSkipped, "198.51.100.1": visit.SkipHost} {
		t.Run(peer, func(t *testing.T) {
			_, skip := translation.Span(cfg, map[string]any{"network.peer.address": peer, "server.address": "web.internal", "http.request.header.x-forwarded-host": "www.example.com"})
			assert.Equal(t, visit.SkipReasons[want], visit.SkipReasons[skip])
		})
	}
}
