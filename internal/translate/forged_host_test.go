// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/sites"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// ownSite serves the request. otherSite is another client's, which the visitor names
// wherever a request has room for it.
const (
	ownSite   = "www.example.com"
	otherSite = "other.example"
)

// spellings are ways to write a host.
var spellings = []string{"other.example", "OTHER.Example", "other.example:443", "other.example:8443", "other.example.", "xn--bcher-kva.other.example", "www.example.com.other.example"}

// forgeries are headers in which visitors name a host, as attributes of captured
// headers.
func forgeries(host string) map[string]map[string]any {
	const header = "http.request.header."
	return map[string]map[string]any{
		"X-Forwarded-Host":                {header + "x-forwarded-host": []any{host}},
		"several X-Forwarded-Host":        {header + "x-forwarded-host": []any{host, host + ", " + host}},
		"X-Forwarded-Host with the own":   {header + "x-forwarded-host": host + ", " + ownSite + ", " + host},
		"Forwarded":                       {header + "forwarded": "for=198.51.100.1;host=" + host + ";proto=http"},
		"several Forwarded":               {header + "forwarded": []any{"host=" + host, `for=10.0.0.1;host="` + host + `"`}},
		"Forwarded, within a quoted for=": {header + "forwarded": `for="198.51.100.1;host=` + host + `"`},
		"both":                            {header + "x-forwarded-host": host, header + "forwarded": "host=" + host},
		"a second Host":                   {header + "host": []any{ownSite, host}},
		"a target in absolute form":       {"http.target": "http://" + host + "/a", "url.original": "http://" + host + "/a"},
		"a target with two slashes":       {"url.path": "//" + host + "/a", "http.target": "//" + host + "/a"},
		"a URL of such a target":          {"http.url": "http://" + host + "/a", "url.full": "http://" + host + "/a"},
	}
}

// clients are those of an agency. The other one has each host that is forged.
func clients(t *testing.T) (all *sites.Registry, own *destination.Site) {
	t.Helper()
	cfg := destination.Choice{KnownAgents: &destination.KnownAgentsConfig{Sites: []destination.KnownAgentsSite{
		{Hosts: []string{ownSite}, AccessToken: "own-1"},
		{Hosts: []string{otherSite, "*.other.example", "*.example.com"}, AccessToken: "other-1"},
	}}}
	all, err := sites.New(cfg.Sites(nil, nil), zap.NewNop())
	require.NoError(t, err)
	return all, all.Find("known_agents/" + ownSite)
}

// requireOwnSite translates a payload for both destinations. Each visit belongs to the own
// client.
func requireOwnSite(t *testing.T, cfg translate.Config, p fixture.Payload, want string) {
	t.Helper()
	agency, client := clients(t)
	for _, d := range append(translation.Destinations(), siteOf(ownSite)) {
		translator := translate.NewTranslator(translate.NewRules(cfg, d.Unused), time.UTC)
		visits := 0
		translation.Each(translator, fixture.Arrival, p, func(v *visit.Visit, skip visit.SkipReason) {
			require.Equal(t, visit.NotSkipped, skip)
			visits++
			assert.Equal(t, want, v.Host)
			assert.Same(t, client, chosenBy(agency, v))
			encoded := d.Encode(nil, v)
			requireNotTheOthers(t, d, string(encoded.Bytes))
		})
		assert.Positive(t, visits)
	}
}

// siteOf is Scrunch with a configured domain.
func siteOf(domain string) *destination.Destination {
	return destination.Scrunch(&destination.ScrunchConfig{SiteID: fixture.SiteID, APIKey: fixture.Key, Domain: domain})
}

// requireNotTheOthers looks into what is delivered. A path may name anybody.
func requireNotTheOthers(t *testing.T, d *destination.Destination, text string) {
	t.Helper()
	for _, sign := range []string{`"domain":"`, `"url":"https://`, `"url":"http://`, `"host":"`} {
		if _, after, found := strings.Cut(text, sign); found {
			assert.True(t, strings.HasPrefix(after, ownSite+`"`) || strings.HasPrefix(after, ownSite+"/"), "%s: %s", d.Name, text)
		}
	}
}

// serverNames are ways in which spans name the host that the server served.
var serverNames = []string{"http.request.header.host", "http.host", "server.address", "net.host.name", "url.domain"}

func TestAVisitorDoesNotChooseTheSiteOfASpan(t *testing.T) {
	strangers := translate.Config{ClientIP: translate.ClientIPConfig{TrustedProxies: []string{"192.0.2.0/24"}}}
	for _, spelling := range spellings {
		for title, forged := range forgeries(spelling) {
			for i, name := range serverNames {
				t.Run(fmt.Sprintf("%s %s, %s", title, spelling, name), func(t *testing.T) {
					td := fixture.NewTraces("/a")
					a := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
					a.Remove("server.address")
					a.PutStr("network.peer.address", "198.51.100.1")
					a.PutStr(name, ownSite)
					for key, v := range forged {
						require.NoError(t, a.PutEmpty(key).FromRaw(v))
					}
					cfg := translate.Config{}
					if i%2 == 1 {
						cfg = strangers
					}
					requireOwnSite(t, cfg, fixture.OfTraces(td), ownSite)
				})
			}
		}
	}
}

// TestAClaimChoosesNoSite: nothing but the visitor names a host, or the server names one of
// its own network.
func TestAClaimChoosesNoSite(t *testing.T) {
	agency, client := clients(t)
	for _, spelling := range append(spellings, ownSite) {
		for title, forged := range forgeries(spelling) {
			if title == "a second Host" || title == "a URL of such a target" { // the server names a host there
				continue
			}
			for _, own := range []string{"", "web.internal", "10.0.0.8"} {
				t.Run(title+" "+spelling+" "+own, func(t *testing.T) {
					td := fixture.NewTraces("/a")
					a := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
					a.PutStr("server.address", own)
					for key, v := range forged {
						require.NoError(t, a.PutEmpty(key).FromRaw(v))
					}
					translation.Each(translate.NewTranslator(translate.NewRules(translate.Config{}, visit.FieldSet{}), time.UTC), fixture.Arrival, fixture.OfTraces(td), func(v *visit.Visit, skip visit.SkipReason) {
						require.Equal(t, visit.NotSkipped, skip)
						assert.Nil(t, chosenBy(agency, v), v.Served)
					})
				})
			}
		}
	}
	t.Run("a site of the server's own network keeps its host", func(t *testing.T) {
		v := &visit.Visit{Host: otherSite, Served: ownSite, Text: new([visit.FieldCount]string)}
		assert.Same(t, client, chosenBy(agency, v))
		assert.Equal(t, ownSite, v.Host)
		assert.Equal(t, ownSite, v.Text[visit.HostHeader])
	})
}

// TestAClaimDoesNotChooseTheURL: nothing but the visitor names a host, and the domain is
// configured.
func TestAClaimDoesNotChooseTheURL(t *testing.T) {
	for _, spelling := range spellings {
		for _, title := range []string{"X-Forwarded-Host", "several X-Forwarded-Host", "Forwarded", "several Forwarded", "both", "a target in absolute form", "a target with two slashes"} {
			t.Run(title+" "+spelling, func(t *testing.T) {
				td := fixture.NewTraces("/a")
				a := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
				a.Remove("server.address")
				for key, v := range forgeries(spelling)[title] {
					require.NoError(t, a.PutEmpty(key).FromRaw(v))
				}
				d := siteOf(ownSite)
				translation.Each(translate.NewTranslator(translate.NewRules(translate.Config{}, d.Unused), time.UTC), fixture.Arrival, fixture.OfTraces(td), func(v *visit.Visit, skip visit.SkipReason) {
					require.Equal(t, visit.NotSkipped, skip)
					requireNotTheOthers(t, d, string(d.Encode(nil, v).Bytes))
				})
			})
		}
	}
	line := `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET http://other.example/ HTTP/1.1" 200 512 "-" "ExampleBot/1.0"`
	t.Run("a scan for open proxies", func(t *testing.T) {
		d := siteOf(ownSite)
		translation.Each(translate.NewTranslator(translate.NewRules(translate.Config{}, d.Unused), time.UTC), fixture.Arrival, fixture.OfLogs(fixture.NewLines(fixture.Arrival, []byte(line))), func(v *visit.Visit, skip visit.SkipReason) {
			require.Equal(t, visit.NotSkipped, skip)
			requireNotTheOthers(t, d, string(d.Encode(nil, v).Bytes))
		})
	})
}

// linesWithHost are the formats of lines that name the host, for a target and what a
// visitor forwarded.
var linesWithHost = map[string]func(target, forwarded string) string{
	"Apache's vhost_combined": func(target, _ string) string {
		return ownSite + `:443 203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET ` + target + ` HTTP/1.1" 200 512 "-" "ExampleBot/1.0"`
	},
	"JSON of nginx": func(target, forwarded string) string {
		return `{"time_iso8601":"2026-05-04T09:15:02+00:00","remote_addr":"203.0.113.9","request_method":"GET","request_uri":"` + target + `","status":"200","http_host":"` + ownSite + `","http_x_forwarded_host":"` + forwarded + `","http_forwarded":"host=` + forwarded + `","http_user_agent":"ExampleBot/1.0"}`
	},
	"JSON with the request line": func(target, forwarded string) string {
		return `{"remote_addr":"203.0.113.9","request":"GET ` + target + ` HTTP/1.1","status":200,"host":"` + ownSite + `","http_x_forwarded_host":"` + forwarded + `","http_user_agent":"ExampleBot/1.0"}`
	},
	"Caddy": func(target, forwarded string) string {
		return `{"ts":1777886102.158,"logger":"http.log.access.log0","request":{"remote_ip":"203.0.113.9","proto":"HTTP/1.1","method":"GET","host":"` + ownSite + `","uri":"` + target + `","headers":{"User-Agent":["ExampleBot/1.0"],"X-Forwarded-Host":["` + forwarded + `"],"Forwarded":["host=` + forwarded + `"]}},"duration":0.038,"status":200}`
	},
	"Traefik": func(target, forwarded string) string {
		return `{"ClientHost":"` + forwarded + `, 203.0.113.9","ClientAddr":"203.0.113.9:51234","RequestHost":"` + ownSite + `","RequestMethod":"GET","RequestPath":"` + target + `","DownstreamStatus":200,"Duration":38000000,"StartUTC":"2026-05-04T09:15:02.12Z","request_User-Agent":"ExampleBot/1.0","request_X-Forwarded-Host":"` + forwarded + `"}`
	},
	"ECS": func(target, forwarded string) string {
		return `{"@timestamp":"2026-05-04T09:15:02.158Z","http.request.method":"GET","url.original":"` + target + `","url.domain":"` + ownSite + `","http.response.status_code":200,"http.request.headers.x-forwarded-host":"` + forwarded + `","user_agent.original":"ExampleBot/1.0"}`
	},
	"IIS, as JSON": func(target, _ string) string {
		return `{"date":"2026-05-04","time":"09:15:02","cs-method":"GET","cs-uri-stem":"` + target + `","cs-host":"` + ownSite + `","sc-status":"200","sc-win32-status":"0","cs(User-Agent)":"ExampleBot/1.0"}`
	},
	"pairs of Heroku": func(target, forwarded string) string {
		return `at=info method=GET path="` + target + `" host=` + ownSite + ` request_id=r1 fwd="` + forwarded + `,203.0.113.9" dyno=web.1 connect=0ms service=38ms status=200 bytes=512 user_agent="ExampleBot/1.0"`
	},
	"Envoy's text": func(target, _ string) string {
		return `[2026-05-04T09:15:02.120Z] "GET ` + target + ` HTTP/1.1" 200 - 0 512 38 37 "203.0.113.9" "ExampleBot/1.0" "r-1" "` + ownSite + `" "10.0.0.8:8080"`
	},
}

func TestAVisitorDoesNotChooseTheSiteOfALine(t *testing.T) {
	for name, line := range linesWithHost {
		for _, spelling := range spellings {
			for _, target := range []string{"/a", "http://" + spelling + "/a", "//" + spelling + "/a"} {
				t.Run(fmt.Sprintf("%s, %s %s", name, spelling, target), func(t *testing.T) {
					requireOwnSite(t, translate.Config{}, fixture.OfLogs(fixture.NewLines(fixture.Arrival, []byte(line(target, spelling)+"\n"))), ownSite)
				})
			}
		}
	}
}

func TestOnlyATrustedProxyForwardsHostAndScheme(t *testing.T) {
	proxies := translate.ClientIPConfig{TrustedProxies: []string{"10.0.0.0/8"}}
	for name, c := range map[string]struct {
		peer, client, own string
		wantHost          string
		wantScheme        string
	}{
		"a trusted proxy":                               {"10.0.0.7", "", ownSite, otherSite, "http"},
		"a stranger":                                    {"198.51.100.1", "", ownSite, ownSite, "https"},
		"a stranger, of a server without a name":        {"198.51.100.1", "", "", "", "https"},
		"a stranger, of a server with a local name":     {"198.51.100.1", "", "web.internal", "web.internal", "https"},
		"nobody knows":                                  {"", "", ownSite, ownSite, "http"},
		"nobody knows, of a server without a name":      {"", "", "", otherSite, "http"},
		"somebody who may be a stranger":                {"", "198.51.100.1", "", "", "https"},
		"somebody who may be a stranger, to a web site": {"", "198.51.100.1", ownSite, ownSite, "https"},
	} {
		for title, headers := range map[string]map[string]any{
			"X-Forwarded": {"http.request.header.x-forwarded-host": "evil.example, " + otherSite, "http.request.header.x-forwarded-proto": "http"},
			"Forwarded":   {"http.request.header.forwarded": "for=10.0.0.9;host=evil.example;proto=http, for=10.0.0.8;host=" + otherSite},
		} {
			t.Run(name+", "+title, func(t *testing.T) {
				attributes := map[string]any{"url.scheme": "https", "network.peer.address": c.peer, "client.address": c.client, "server.address": c.own}
				maps.Copy(attributes, headers)
				v, skip := translation.Span(translate.Config{ClientIP: proxies}, attributes)
				require.Equal(t, visit.NotSkipped, skip)
				assert.Equal(t, c.wantHost, v.Host)
				assert.Equal(t, c.wantScheme, v.Scheme)
			})
		}
	}
}

// TestARecordsPeerDecidesToo: in an access log that names no peer, the client is it.
func TestARecordsPeerDecidesToo(t *testing.T) {
	cfg := translate.Config{ClientIP: translate.ClientIPConfig{TrustedProxies: []string{"10.0.0.0/8"}}}
	for peer, want := range map[string]string{"10.0.0.7": otherSite, "198.51.100.1": ownSite} {
		t.Run(peer, func(t *testing.T) {
			ld := plog.NewLogs()
			record := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
			require.NoError(t, record.Attributes().FromRaw(map[string]any{
				"remote_addr": peer, "request_method": "GET", "request_uri": "/a", "status": 200, "http_host": ownSite, "http_x_forwarded_host": otherSite,
			}))
			visits := translation.Logs(cfg, fixture.Arrival, ld).Visits
			require.Len(t, visits, 1)
			assert.Equal(t, want, visits[0].Host)
		})
	}
}

func chosenBy(of *sites.Registry, v *visit.Visit) *destination.Site {
	site, _ := of.Choose(v)
	return site
}
