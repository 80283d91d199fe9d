// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/selection"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// fuzzKeys are all known keys, always in the same order.
var fuzzKeys = slices.Sorted(maps.Keys(mapping.New(nil)))

// telemetry makes attributes of any key and type from the fuzzer's bytes.
type telemetry struct{ rest []byte }

func (s *telemetry) next() byte {
	if len(s.rest) == 0 {
		return 0
	}
	c := s.rest[0]
	s.rest = s.rest[1:]
	return c
}

func (s *telemetry) text() string {
	n := min(int(s.next()), len(s.rest))
	text := string(s.rest[:n])
	s.rest = s.rest[n:]
	return text
}

func (s *telemetry) number() uint64 {
	var b [8]byte
	s.rest = s.rest[copy(b[:], s.rest):]
	return binary.LittleEndian.Uint64(b[:])
}

func (s *telemetry) fill(m pcommon.Map, depth int) {
	for range 12 {
		if len(s.rest) == 0 {
			return
		}
		key := fuzzKeys[(int(s.next())<<8|int(s.next()))%len(fuzzKeys)]
		if s.next()%8 == 0 {
			key = s.text()
		}
		s.value(m.PutEmpty(key), depth)
	}
}

func (s *telemetry) value(v pcommon.Value, depth int) {
	switch s.next() % 9 {
	case 0:
		v.SetInt(int64(s.number()))
	case 1:
		v.SetDouble(math.Float64frombits(s.number()))
	case 2:
		v.SetBool(s.next()%2 == 0)
	case 3:
		v.SetEmptyBytes().FromRaw([]byte(s.text()))
	case 4:
		list := v.SetEmptySlice()
		for range s.next() % 4 {
			if depth < 9 {
				s.value(list.AppendEmpty(), depth+1)
			}
		}
	case 5:
		if m := v.SetEmptyMap(); depth < 9 {
			s.fill(m, depth+1)
		}
	default:
		v.SetStr(s.text())
	}
}

// requireBounded checks the promises and limits of every visit.
func requireBounded(t *testing.T, v *visit.Visit) {
	t.Helper()
	require.NotEmpty(t, v.Method)
	require.Contains(t, []string{"http", "https"}, v.Scheme)
	require.True(t, strings.HasPrefix(v.Path, "/"), v.Path)
	require.LessOrEqual(t, len(v.Path)+len(v.Query), visit.MaxTargetBytes)
	require.True(t, v.Status == 0 || v.Status >= 100 && v.Status <= 599)
	require.True(t, v.Duration == visit.UnknownDuration || v.Duration >= 0, v.Duration)
	require.False(t, v.Start < value.Earliest || v.Start > fixture.Arrival.Add(24*time.Hour).UnixNano(), v.Start)
	for _, part := range []string{v.Path, v.Query} {
		for i := range len(part) {
			require.True(t, part[i] > ' ' && part[i] < 0x7f && part[i] != '#' && part[i] != '"', part)
		}
	}
	_, err := url.Parse(v.Scheme + "://" + v.Host + v.Path + "?" + v.Query)
	require.NoError(t, err)
	if v.ClientIP != "" {
		address, err := netip.ParseAddr(v.ClientIP)
		require.NoError(t, err)
		require.Empty(t, address.Zone())
	}
	if v.Host != "" {
		require.Equal(t, v.Host, uri.Host(v.Host), "a host in its usual form")
	}
	for _, encode := range []func([]byte, *visit.Visit) destination.Encoded{translation.EncodeForKnownAgents, translation.EncodeForScrunch} {
		if e := encode(nil, v); e.Skip == visit.NotSkipped {
			require.LessOrEqual(t, len(e.Bytes), visit.MaxVisitBytes)
			require.True(t, json.Valid(e.Bytes), string(e.Bytes))
		}
	}
}

// requireUntouched checks that the item before changes nothing in the next.
func requireUntouched(t *testing.T, tr *translate.Translator) {
	t.Helper()
	v, skip := tr.Span(fixture.CapturedSpan())
	require.Equal(t, visit.NotSkipped, skip)
	require.Equal(t, untouched, string(translation.EncodeForKnownAgents(nil, v).Bytes))
}

// untouched is the visit of fixture.CapturedSpan, encoded.
var untouched = func() string {
	v, _ := translation.New(fuzzConfig).Span(fixture.CapturedSpan())
	return string(translation.EncodeForKnownAgents(nil, v).Bytes)
}()

// fuzzConfig makes a visit of every request.
var fuzzConfig = translate.Config{Selection: selection.Config{StaticAssets: true, HealthChecks: true, FrameworkInternals: true}}

func FuzzTranslateSpan(f *testing.F) {
	f.Add([]byte("seed"), uint64(1777886102120e6), uint64(1777886102158e6))
	f.Add([]byte{}, uint64(0), uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, data []byte, start, end uint64) {
		s := telemetry{rest: data}
		span := ptrace.NewSpan()
		span.SetKind(ptrace.SpanKindServer)
		span.SetStartTimestamp(pcommon.Timestamp(start))
		span.SetEndTimestamp(pcommon.Timestamp(end))
		span.Attributes().PutStr("http.request.method", "GET")
		span.Attributes().PutStr("url.path", "/"+s.text())
		s.fill(span.Attributes(), 0)
		tr := translation.New(fuzzConfig)
		if v, skip := tr.Span(span); skip == visit.NotSkipped {
			requireBounded(t, v)
		}
		requireUntouched(t, tr)
	})
}

func FuzzTranslateLogRecord(f *testing.F) {
	f.Add([]byte("seed"), `{"request_method":"GET","request_uri":"/a?b","status":200,"request":{"headers":{"X":["1","2"]}}}`)
	f.Add([]byte{}, `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /a?b HTTP/1.1" 200 512 "https://chatgpt.com/" "curl/8.9.1"`)
	f.Add([]byte{}, `10.0.0.7:33317 [04/May/2026:09:15:02.120] in~ shop/web1 1/0/7/30/38 200 512 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"`)
	f.Add([]byte{}, `[2026-05-04T09:15:02.120Z] "GET / HTTP/2" 200 - via_upstream - "-" 0 5 38 37 "203.0.113.9" "curl" "id" "h.example" "10.0.0.9:80"`)
	f.Add([]byte{}, "2026-05-04 09:15:02 10.0.0.4 GET /a b=c 443 - 203.0.113.9 curl/8 - 200 0 0 38")
	f.Add([]byte{}, "#Fields: date time c-ip cs-method cs-uri-stem sc-status")
	f.Add([]byte{}, "1777886102.158     38 203.0.113.9 TCP_MISS/200 512 GET https://www.example.com/p?q - FIRSTUP_PARENT/10.0.0.9 text/html")
	f.Add([]byte{}, cloudFrontLine)
	f.Add([]byte{}, loadBalancerLine)
	f.Add([]byte{}, `at=info method=GET path="/a" host=www.example.com fwd="203.0.113.9" connect=1ms service=37ms status=200`)
	f.Fuzz(func(t *testing.T, data []byte, body string) {
		s := telemetry{rest: data}
		record := plog.NewLogRecord()
		s.fill(record.Attributes(), 0)
		record.Body().SetStr(body)
		if s.next()%4 == 1 {
			s.fill(record.Body().SetEmptyMap(), 0)
		}
		tr := translation.New(fuzzConfig)
		if v, skip := tr.LogRecord(record); skip == visit.NotSkipped {
			requireBounded(t, v)
		}
		requireUntouched(t, tr)
	})
}
