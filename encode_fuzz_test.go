// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

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

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
)

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
		v.start = earliest + random.Int64N(int64(99*365*24*time.Hour))
		v.duration = time.Duration(random.Uint64() >> random.IntN(64))
		v.method = []string{"GET", "POST", "QUERY", "M-SEARCH", "X_Y"}[random.IntN(5)]
		v.scheme = []string{"http", "https"}[random.IntN(2)]
		v.host = hostOf(pick())
		v.path = cutEscaped(escape("/"+pick(), pathBytes), maxTargetBytes)
		v.query = cutEscaped(builtinSecrets.query(escape(pick(), queryBytes)), maxTargetBytes-len(v.path))
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
		require.Equal(t, v.start/1e6, got.Time().UnixMilli())
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
			requireSent(t, want, sent, cut && !strings.HasPrefix(name, "signature"), name)
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
		require.Equal(t, siteName(v.host), got.Domain)
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
		require.Equal(t, v.start/1e6, int64(math.Round(seconds*1000)))
	})
}
