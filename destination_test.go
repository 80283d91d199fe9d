// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
)

// newVisit is the smallest visit, with changes.
func newVisit(change func(v *visit)) *visit {
	v := &visit{
		start:    time.Date(2026, time.May, 4, 9, 15, 2, 120e6, time.UTC),
		duration: unknownDuration,
		method:   http.MethodGet,
		scheme:   "https",
		path:     "/",
		text:     new([fieldCount]string),
	}
	change(v)
	return v
}

// fullVisit has a value in every field.
func fullVisit() *visit {
	return newVisit(func(v *visit) {
		v.duration = 38 * time.Millisecond
		v.host = "www.example.com:8443"
		v.path = "/guides/llamas"
		v.query = "utm_source=chatgpt.com&q=a%20b"
		v.status = 200
		v.clientIP = "192.0.2.10"
		for i, name := range requestHeaders {
			v.text[firstRequestHeader+field(i)] = "value of " + name
		}
		for i, name := range responseHeaders {
			v.text[firstResponseHeader+field(i)] = "value of " + name
		}
		v.text[userAgent] = "Mozilla/5.0 (compatible; ExampleBot/1.0; +https://example.com/bot)"
		v.text[forwardedFor] = "192.0.2.10, 198.51.100.7"
		v.text[mcpMethod], v.text[mcpTool] = "tools/call", "search"
		v.text[mcpClientName], v.text[mcpClientVersion] = "example-agent", "1.0"
		v.text[mcpIsError], v.text[mcpErrorCode] = "true", "-32602"
	})
}

// usualVisit is what one gets from an instrumented server behind a proxy.
func usualVisit() *visit {
	return newVisit(func(v *visit) {
		v.duration = 38*time.Millisecond + 412*time.Microsecond
		v.host = "www.example.com"
		v.path = "/guides/llamas"
		v.query = "utm_source=chatgpt.com"
		v.status = 200
		v.clientIP = "192.0.2.10"
		v.text[userAgent] = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
		v.text[forwardedFor] = "192.0.2.10"
		v.text[referer] = "https://chatgpt.com/"
		v.text[responseHeader("content-type")] = "text/html; charset=utf-8"
	})
}

// bodyCases are the visits whose bodies stand in testdata/body.
var bodyCases = map[string]func(v *visit){
	"minimal": func(v *visit) {
		v.host, v.status, v.text[userAgent] = "example.com", 200, "a"
	},
	"usual": func(v *visit) { *v = *usualVisit() },
	"full":  func(v *visit) { *v = *fullVisit() },
	"no_address_headers": func(v *visit) {
		*v = *usualVisit()
		v.text[forwardedFor] = ""
	},
	"proxy_headers_alone": func(v *visit) {
		*v = *usualVisit()
		v.text[forwardedFor], v.clientIP = "", ""
		v.text[requestHeader("cf-connecting-ip")] = "192.0.2.10"
		v.text[requestHeader("via")] = "1.1 proxy.example.com"
	},
	"headers_the_vendor_does_not_read": func(v *visit) {
		*v = *usualVisit()
		v.text[forwardedFor] = ""
		v.text[requestHeader("x-azure-clientip")] = "192.0.2.10"
	},
	"mcp_call": func(v *visit) {
		*v = *usualVisit()
		v.method, v.path, v.query = http.MethodPost, "/mcp", ""
		v.text[requestHeader("mcp-protocol-version")] = "2025-06-18"
		v.text[mcpMethod], v.text[mcpTool], v.text[mcpIsError] = "tools/call", "search", "false"
	},
	"mcp_error": func(v *visit) {
		*v = *usualVisit()
		v.method, v.path, v.query = http.MethodPost, "/mcp", ""
		v.text[mcpMethod], v.text[mcpErrorCode] = "initialize", "-32600"
	},
	"mcp_nonsense": func(v *visit) {
		*v = *usualVisit()
		v.text[mcpMethod], v.text[mcpIsError], v.text[mcpErrorCode] = "tools/call", "perhaps", "31337313373133"
	},
	"long_user_agent": func(v *visit) {
		*v = *usualVisit()
		v.text[userAgent] = strings.Repeat("0123456789", 900)
	},
	"unicode": func(v *visit) {
		*v = *usualVisit()
		v.text[userAgent] = "Grüße 日本語 🦙 \u2028\u2029"
		v.path = "/gr%C3%BC%C3%9Fe/%F0%9F%A6%99"
	},
	"hostile": func(v *visit) {
		*v = *usualVisit()
		v.text[userAgent] = "\"},{\"a\":\"\\\r\n\x00\t\x1b[31m</script>\xff\xfe"
		v.text[referer] = "javascript:\"\n{}[]\\"
		v.query = "a=%22%0A%00&b='$(id)'"
	},
	"ipv6": func(v *visit) {
		*v = *usualVisit()
		v.host, v.clientIP, v.text[forwardedFor] = "[2001:db8::1]:8080", "2001:db8::7", ""
	},
	"unknown_method": func(v *visit) {
		*v = *usualVisit()
		v.method = "M-SEARCH"
	},
	"error_without_duration": func(v *visit) {
		*v = *usualVisit()
		v.status, v.duration = 503, unknownDuration
	},
}

// send gives a body to the stand-in of the APIs and returns what it stored.
func send(t *testing.T, d *destination, b *batch) []fakeapi.Visit {
	t.Helper()
	api := fakeapi.New(fakeapi.Settings{AccessToken: testToken, SiteID: testSiteID, APIKey: testKey})
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, d.path, b.body())
	request.Header.Set("Content-Type", d.contentType)
	d.authorize(request.Header)
	recorder := httptest.NewRecorder()
	api.ServeHTTP(recorder, request)
	require.Equal(t, http.StatusOK, recorder.Code, recorder.Body.String())
	return api.Visits(fakeapi.Destination(d.name))
}

func TestBodies(t *testing.T) {
	for name, d := range destinationsForTests() {
		require.NoError(t, os.MkdirAll(filepath.Join("testdata", "body", name), 0o755))
		for title, change := range bodyCases {
			t.Run(name+"/"+title, func(t *testing.T) {
				e := d.encode(nil, newVisit(change))
				require.Equal(t, notSkipped, e.skip)
				assert.Equal(t, title == "long_user_agent", e.cut)
				b := lineUp(d.framing, string(e.bytes), string(e.bytes)) // two, to show what stands between
				body, err := io.ReadAll(b.body())
				require.NoError(t, err)
				requireFile(t, filepath.Join("testdata", "body", name, title+".json"), string(body))
				assert.Len(t, send(t, d, b), 2)
			})
		}
	}
}

// TestScrunchSkips shows that a visit without a required field is skipped
// before the queue, for it would make Scrunch refuse its neighbours too.
func TestScrunchSkips(t *testing.T) {
	for title, c := range map[string]struct {
		change func(v *visit)
		domain string
		want   skipReason
	}{
		"no user agent":       {func(v *visit) { v.text[userAgent] = "" }, "", skipNoUserAgent},
		"blank user agent":    {func(v *visit) { v.text[userAgent] = " \t " }, "", skipNoUserAgent},
		"no status":           {func(v *visit) { v.status = 0 }, "", skipNoStatus},
		"no host":             {func(v *visit) { v.host = "" }, "", skipNoHost},
		"no host, but domain": {func(v *visit) { v.host = "" }, "example.org", notSkipped},
	} {
		t.Run(title, func(t *testing.T) {
			v := usualVisit()
			c.change(v)
			e := scrunchEncoder(c.domain)([]byte("before"), v)
			assert.Equal(t, c.want, e.skip)
			if c.want != notSkipped {
				assert.Equal(t, "before", string(e.bytes), "the buffer is as it was")
			}
		})
	}
}

func TestScrunchDomainIsTheConfiguredOne(t *testing.T) {
	d := scrunch(&ScrunchConfig{SiteID: testSiteID, APIKey: testKey, Domain: "example.org"})
	for host, url := range map[string]string{
		"www.example.com": "https://www.example.com/guides/llamas?utm_source=chatgpt.com",
		"":                "https://example.org/guides/llamas?utm_source=chatgpt.com",
	} {
		v := usualVisit()
		v.host = host
		stored := send(t, d, lineUp(d.framing, string(d.encode(nil, v).bytes)))[0].Scrunch
		assert.Equal(t, "example.org", stored.Domain)
		assert.Equal(t, url, stored.URL)
	}
}

// TestImpossibleDurationIsLeftOut: nothing takes longer than a week to answer,
// but a duration read in the wrong unit does.
func TestImpossibleDurationIsLeftOut(t *testing.T) {
	for name, d := range destinationsForTests() {
		for duration, sent := range map[time.Duration]bool{0: true, maxDuration: true, maxDuration + 1: false, math.MaxInt64: false, -1: false, math.MinInt64: false} {
			v := usualVisit()
			v.duration = duration
			text := string(d.encode(nil, v).bytes)
			assert.Equal(t, sent, strings.Contains(text, "response_duration") || strings.Contains(text, "response_time"), "%s: %s", name, duration)
			send(t, d, lineUp(d.framing, text))
		}
	}
}

// TestVisitStaysWithinItsLimit fills every field beyond its limit.
func TestVisitStaysWithinItsLimit(t *testing.T) {
	for name, d := range destinationsForTests() {
		for _, filler := range []string{"x", `"`, "日", "\u2028", "\xff"} {
			v := fullVisit()
			for i := range v.text {
				v.text[i] = "a" + strings.Repeat(filler, maxTextBytes) + "b"
			}
			v.host = strings.Repeat("a", 300)
			v.path = "/" + strings.Repeat("a", maxTargetBytes/2-1)
			v.query = strings.Repeat("%20", maxTargetBytes/6)
			e := d.encode(nil, v)
			assert.True(t, e.cut)
			assert.LessOrEqual(t, len(e.bytes), maxVisitBytes, "%s with %q", name, filler)
			send(t, d, lineUp(d.framing, string(e.bytes)))
		}
	}
}

// randomVisit is any visit that translation can make of the given texts.
func randomVisit(seed uint64, texts []string) *visit {
	random := rand.New(rand.NewPCG(seed, 0))
	pick := func() string {
		s := texts[random.IntN(len(texts))]
		if random.IntN(8) == 0 {
			s = strings.Repeat(s, 1+random.IntN(4000)/(1+len(s)))
		}
		return s
	}
	return newVisit(func(v *visit) {
		v.start = earliest.Add(time.Duration(random.Int64N(int64(99 * 365 * 24 * time.Hour))))
		v.duration = time.Duration(random.Uint64() >> random.IntN(64))
		v.method = []string{"GET", "POST", "QUERY", "M-SEARCH", "X_Y"}[random.IntN(5)]
		v.scheme = []string{"http", "https"}[random.IntN(2)]
		v.host = hostOf(pick())
		v.path = cutEscaped(escape("/"+pick(), pathBytes), maxTargetBytes)
		v.query = cutEscaped(redactQuery(escape(pick(), queryBytes)), maxTargetBytes-len(v.path))
		v.status = random.IntN(2) * (100 + random.IntN(500))
		v.clientIP = []string{"", "192.0.2.10", "2001:db8::7", addressOf(pick())}[random.IntN(4)]
		dense := random.IntN(4)
		for i := mcpMethod; i < fieldCount; i++ {
			if random.IntN(4) <= dense {
				v.text[i] = pick()
			}
		}
		if random.IntN(2) == 0 {
			v.text[mcpIsError], v.text[mcpErrorCode] = "true", strconv.Itoa(random.Int())
		}
	})
}

// fuzzEncoder feeds visits to an encoder and gives what the stand-in stored to
// check.
func fuzzEncoder(f *testing.F, d *destination, check func(t *testing.T, v *visit, e encoded, stored fakeapi.Visit)) {
	f.Helper()
	for i, s := range texts {
		f.Add(uint64(i), s, "www.example.com:8443", "192.0.2.10, 2001:db8::7")
	}
	f.Fuzz(func(t *testing.T, seed uint64, a, b, c string) {
		v := randomVisit(seed, []string{a, b, c, a + b, ""})
		e := d.encode([]byte("before"), v)
		if e.skip != notSkipped {
			require.Equal(t, "before", string(e.bytes))
			check(t, v, e, fakeapi.Visit{})
			return
		}
		text := strings.TrimPrefix(string(e.bytes), "before")
		require.LessOrEqual(t, len(text), maxVisitBytes)
		require.True(t, utf8.ValidString(text))
		require.False(t, strings.ContainsAny(text, "\n\r\u0085\u2028\u2029"))
		decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
		decoder.DisallowUnknownFields()
		switch d.name {
		case "known_agents":
			require.NoError(t, decoder.Decode(&fakeapi.KnownAgentsVisit{}))
		default:
			require.NoError(t, decoder.Decode(&fakeapi.ScrunchVisit{}))
		}
		check(t, v, e, send(t, d, lineUp(d.framing, text))[0])
	})
}

// requireSent compares a text with what of it arrived.
func requireSent(t *testing.T, want, got string, cut bool, of string) {
	t.Helper()
	if cut {
		require.True(t, strings.HasPrefix(cleaned(want), got), of)
		return
	}
	require.Equal(t, cleaned(want), got, of)
}

func FuzzEncodeKnownAgents(f *testing.F) {
	fuzzEncoder(f, destinationsForTests()["known_agents"], func(t *testing.T, v *visit, e encoded, stored fakeapi.Visit) {
		t.Helper()
		require.Equal(t, notSkipped, e.skip, "Known Agents takes every visit")
		got := stored.KnownAgents
		path, query, _ := strings.Cut(got.RequestPath, "?")
		require.Equal(t, v.path, path)
		require.Equal(t, v.query, query)
		require.Equal(t, v.method, got.RequestMethod)
		require.Equal(t, v.start.UnixMilli(), got.Time().UnixMilli())
		require.Equal(t, v.status != 0, got.ResponseStatusCode != nil)
		if v.status != 0 {
			require.Equal(t, v.status, *got.ResponseStatusCode)
		}
		requireMillis(t, v.duration, got.ResponseDurationInMilliseconds)
		requireHeaders(t, v, requestHeaders[:], firstRequestHeader, got.RequestHeaders, e.cut)
		requireHeaders(t, v, responseHeaders[:], firstResponseHeader, got.ResponseHeaders, e.cut)
		requireSent(t, v.text[mcpMethod], got.MCPRequestMethod, e.cut, "mcp method")
		if v.text[mcpMethod] != "" {
			requireSent(t, v.text[mcpTool], got.MCPRequestToolName, e.cut, "mcp tool")
		}
	})
}

func requireMillis(t *testing.T, want time.Duration, got *int) {
	t.Helper()
	if want < 0 || want > maxDuration {
		require.Nil(t, got)
		return
	}
	require.NotNil(t, got)
	require.InDelta(t, want.Seconds()*1000, *got, 0.5001)
}

// requireHeaders allows for the address that stands in for captured headers.
func requireHeaders(t *testing.T, v *visit, names []string, first field, got map[string]string, cut bool) {
	t.Helper()
	for i, name := range names {
		want := v.text[first+field(i)]
		sent, present := got[name]
		if name == "x-forwarded-for" && want == "" && present {
			require.Equal(t, v.clientIP, sent)
			continue
		}
		require.False(t, present && want == "", name)
		if present || !cut {
			requireSent(t, want, sent, cut, name)
		}
	}
}

func FuzzEncodeScrunch(f *testing.F) {
	fuzzEncoder(f, destinationsForTests()["scrunch"], func(t *testing.T, v *visit, e encoded, stored fakeapi.Visit) {
		t.Helper()
		agent := strings.TrimSpace(v.text[userAgent])
		missing := agent == "" || v.host == "" || v.status == 0
		require.Equal(t, missing, e.skip != notSkipped)
		if missing {
			return
		}
		got := stored.Scrunch
		require.Equal(t, domainOf(v.host), got.Domain)
		requireSent(t, agent, got.UserAgent, e.cut, "user agent")
		url := v.scheme + "://" + v.host + v.path
		if v.query != "" {
			url += "?" + v.query
		}
		require.Equal(t, url, got.URL)
		require.Equal(t, v.path, got.Path)
		require.Equal(t, v.method, got.Method)
		require.Equal(t, v.status, got.StatusCode)
		require.Equal(t, v.clientIP, got.IP)
		requireMillis(t, v.duration, got.ResponseTime)
		seconds, err := got.Timestamp.Float64()
		require.NoError(t, err)
		require.Equal(t, v.start.UnixMilli(), int64(math.Round(seconds*1000)))
	})
}

func TestEncodingAllocatesNothing(t *testing.T) {
	for name, d := range destinationsForTests() {
		for title, v := range map[string]*visit{"usual": usualVisit(), "full": fullVisit()} {
			buffer := make([]byte, 0, maxVisitBytes)
			allocations := testing.AllocsPerRun(100, func() {
				buffer = d.encode(buffer[:0], v).bytes
			})
			assert.Zero(t, allocations, "%s, %s visit", name, title)
		}
	}
}

func BenchmarkEncodeKnownAgents(b *testing.B) { benchmarkEncode(b, "known_agents") }

func BenchmarkEncodeScrunch(b *testing.B) { benchmarkEncode(b, "scrunch") }

func benchmarkEncode(b *testing.B, name string) {
	b.Helper()
	d := destinationsForTests()[name]
	for title, v := range map[string]*visit{"usual": usualVisit(), "full": fullVisit()} {
		b.Run("visit="+title, func(b *testing.B) {
			buffer := d.encode(nil, v).bytes
			b.SetBytes(int64(len(buffer)))
			b.ReportAllocs()
			for b.Loop() {
				buffer = d.encode(buffer[:0], v).bytes
			}
		})
	}
}
