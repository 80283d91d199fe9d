// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/redact"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// randomVisit is any visit that translation can make of the given texts.
func randomVisit(seed uint64, texts []string) *visit.Visit {
	random := rand.New(rand.NewPCG(seed, 0))
	pick := func() string {
		s := texts[random.IntN(len(texts))]
		if random.IntN(8) == 0 {
			s = strings.Repeat(s, 1+random.IntN(4000)/(1+len(s)))
		}
		return s
	}
	return newVisit(func(v *visit.Visit) {
		v.Start = value.Earliest + random.Int64N(int64(99*365*24*time.Hour))
		v.Duration = time.Duration(random.Uint64() >> random.IntN(64))
		v.Method = []string{"GET", "POST", "QUERY", "M-SEARCH", "X_Y"}[random.IntN(5)]
		v.Scheme = []string{"http", "https"}[random.IntN(2)]
		v.Host = uri.Host(pick())
		v.Path = uri.Cut(uri.Escape("/"+pick(), uri.PathBytes), visit.MaxTargetBytes)
		v.Query = uri.Cut(redact.Builtin.Query(uri.Escape(pick(), uri.QueryBytes)), visit.MaxTargetBytes-len(v.Path))
		v.Status = random.IntN(2) * (100 + random.IntN(500))
		v.ClientIP = []string{"", "192.0.2.10", "2001:db8::7", address.Parse(pick())}[random.IntN(4)]
		dense := random.IntN(4)
		for i := visit.MCPMethod; i < visit.FieldCount; i++ {
			if random.IntN(4) <= dense {
				v.Text[i] = pick()
			}
		}
		if random.IntN(2) == 0 {
			v.Text[visit.MCPIsError], v.Text[visit.MCPErrorCode] = "true", strconv.Itoa(random.Int())
		}
	})
}

// fuzzEncoder feeds visits to an encoder and gives what the stand-in stored to
// check.
func fuzzEncoder(f *testing.F, d *Destination, check func(t *testing.T, v *visit.Visit, e Encoded, stored fakeapi.Visit)) {
	f.Helper()
	for i, s := range texts {
		f.Add(uint64(i), s, "www.example.com:8443", "192.0.2.10, 2001:db8::7")
	}
	f.Fuzz(func(t *testing.T, seed uint64, a, b, c string) {
		v := randomVisit(seed, []string{a, b, c, a + b, ""})
		e := d.Encode([]byte("before"), v)
		if e.Skip != visit.NotSkipped {
			require.Equal(t, "before", string(e.Bytes))
			check(t, v, e, fakeapi.Visit{})
			return
		}
		text := strings.TrimPrefix(string(e.Bytes), "before")
		require.LessOrEqual(t, len(text), visit.MaxVisitBytes)
		require.True(t, utf8.ValidString(text))
		require.False(t, strings.ContainsAny(text, "\n\r\u0085\u2028\u2029"))
		decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
		decoder.DisallowUnknownFields()
		switch d.Name {
		case "known_agents":
			require.NoError(t, decoder.Decode(&fakeapi.KnownAgentsVisit{}))
		default:
			require.NoError(t, decoder.Decode(&fakeapi.ScrunchVisit{}))
		}
		check(t, v, e, send(t, d, bodyOf(d, text))[0])
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
	fuzzEncoder(f, allDestinations()["known_agents"], func(t *testing.T, v *visit.Visit, e Encoded, stored fakeapi.Visit) {
		t.Helper()
		require.Equal(t, visit.NotSkipped, e.Skip, "Known Agents takes every visit")
		got := stored.KnownAgents
		path, query, _ := strings.Cut(got.RequestPath, "?")
		require.Equal(t, v.Path, path)
		require.Equal(t, v.Query, query)
		require.Equal(t, v.Method, got.RequestMethod)
		require.Equal(t, v.Start/1e6, got.Time().UnixMilli())
		require.Equal(t, v.Status != 0, got.ResponseStatusCode != nil)
		if v.Status != 0 {
			require.Equal(t, v.Status, *got.ResponseStatusCode)
		}
		requireMillis(t, v.Duration, got.ResponseDurationInMilliseconds)
		requireHeaders(t, v, visit.RequestHeaders[:], visit.FirstRequestHeader, got.RequestHeaders, e.Cut)
		requireHeaders(t, v, visit.ResponseHeaders[:], visit.FirstResponseHeader, got.ResponseHeaders, e.Cut)
		require.True(t, v.ClientIP == "" || isNamed(got.RequestHeaders, v.ClientIP), "the visitor's address arrives")
		requireSent(t, v.Text[visit.MCPMethod], got.MCPRequestMethod, e.Cut, "mcp method")
		if v.Text[visit.MCPMethod] != "" {
			requireSent(t, v.Text[visit.MCPTool], got.MCPRequestToolName, e.Cut, "mcp tool")
		}
	})
}

func requireMillis(t *testing.T, want time.Duration, got *int) {
	t.Helper()
	if want < 0 || want > visit.MaxDuration {
		require.Nil(t, got)
		return
	}
	require.NotNil(t, got)
	require.InDelta(t, want.Seconds()*1000, *got, 0.5001)
}

// isNamed reports whether a header in which the vendor looks for it has an address.
func isNamed(headers map[string]string, ip string) bool {
	for i := range knownAgentsAddresses.Shared(&knownAgentsAddresses) {
		if address.IsBest(headers[visit.RequestHeaders[i-visit.FirstRequestHeader]], ip, false) {
			return true
		}
	}
	return false
}

// requireHeaders allows for the headers that name another visitor or none, and for the
// address that stands in for them.
func requireHeaders(t *testing.T, v *visit.Visit, names []string, first visit.Field, got map[string]string, cut bool) {
	t.Helper()
	for i, name := range names {
		want := v.Text[first+visit.Field(i)]
		sent, present := got[name]
		if tells := first == visit.FirstRequestHeader && knownAgentsAddresses.Has(first+visit.Field(i)); tells && v.ClientIP != "" {
			if present && sent != v.ClientIP {
				ip, _ := address.Best(sent)
				require.Equal(t, v.ClientIP, ip, name)
				requireSent(t, want, sent, cut, name)
			}
			continue
		}
		require.False(t, present && want == "", name)
		if present || !cut {
			requireSent(t, want, sent, cut && !strings.HasPrefix(name, "signature"), name)
		}
	}
}

func FuzzEncodeScrunch(f *testing.F) {
	fuzzEncoder(f, allDestinations()["scrunch"], func(t *testing.T, v *visit.Visit, e Encoded, stored fakeapi.Visit) {
		t.Helper()
		agent := strings.TrimSpace(v.Text[visit.UserAgent])
		missing := agent == "" || v.Host == "" || v.Status == 0
		require.Equal(t, missing, e.Skip != visit.NotSkipped)
		if missing {
			return
		}
		got := stored.Scrunch
		require.Equal(t, uri.SiteName(v.Host), got.Domain)
		requireSent(t, agent, got.UserAgent, e.Cut, "user agent")
		url := v.Scheme + "://" + v.Host + v.Path
		if v.Query != "" {
			url += "?" + v.Query
		}
		require.Equal(t, url, got.URL)
		require.Equal(t, v.Path, got.Path)
		require.Equal(t, v.Method, got.Method)
		require.Equal(t, v.Status, got.StatusCode)
		require.Equal(t, v.ClientIP, got.IP)
		requireMillis(t, v.Duration, got.ResponseTime)
		seconds, err := got.Timestamp.Float64()
		require.NoError(t, err)
		require.Equal(t, v.Start/1e6, int64(math.Round(seconds*1000)))
	})
}
