// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

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
)

// fuzzKeys are all keys that are known, in an order that stays.
var fuzzKeys = slices.Sorted(maps.Keys(newMappings(nil)))

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

// requireBounded checks what every visit promises.
func requireBounded(t *testing.T, v *visit) {
	t.Helper()
	require.NotEmpty(t, v.method)
	require.Contains(t, []string{"http", "https"}, v.scheme)
	require.True(t, strings.HasPrefix(v.path, "/"), v.path)
	require.LessOrEqual(t, len(v.path)+len(v.query), maxTargetBytes)
	require.True(t, v.status == 0 || v.status >= 100 && v.status <= 599)
	require.True(t, v.duration == unknownDuration || v.duration >= 0, v.duration)
	require.False(t, v.start < earliest || v.start > arrival.Add(maxAhead).UnixNano(), v.start)
	for _, part := range []string{v.path, v.query} {
		for i := range len(part) {
			require.True(t, part[i] > ' ' && part[i] < 0x7f && part[i] != '#' && part[i] != '"', part)
		}
	}
	_, err := url.Parse(v.scheme + "://" + v.host + v.path + "?" + v.query)
	require.NoError(t, err)
	if v.clientIP != "" {
		address, err := netip.ParseAddr(v.clientIP)
		require.NoError(t, err)
		require.Empty(t, address.Zone())
	}
	if v.host != "" {
		require.Equal(t, v.host, hostOf(v.host), "a host in its usual form")
	}
	for _, encode := range []func([]byte, *visit) encoded{encodeForKnownAgents, encodeForScrunch} {
		if e := encode(nil, v); e.skip == notSkipped {
			require.LessOrEqual(t, len(e.bytes), maxVisitBytes)
			require.True(t, json.Valid(e.bytes), string(e.bytes))
		}
	}
}

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
		tr := newTranslator(newRules(VisitsConfig{Selection: SelectionConfig{StaticAssets: true, HealthChecks: true, FrameworkInternals: true}}, fieldSet{}), time.UTC)
		tr.begin(arrival)
		if v, skip := tr.span(span); skip == notSkipped {
			requireBounded(t, v)
		}
		require.Empty(t, tr.prefix)
	})
}

func FuzzTranslateLogRecord(f *testing.F) {
	f.Add([]byte("seed"), `{"request_method":"GET","request_uri":"/a?b","status":200,"request":{"headers":{"X":["1","2"]}}}`)
	f.Add([]byte{}, `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /a?b HTTP/1.1" 200 512 "https://chatgpt.com/" "curl/8.9.1"`)
	f.Add([]byte{}, `10.0.0.7:33317 [04/May/2026:09:15:02.120] in~ shop/web1 1/0/7/30/38 200 512 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"`)
	f.Add([]byte{}, `[2026-05-04T09:15:02.120Z] "GET / HTTP/2" 200 - via_upstream - "-" 0 5 38 37 "203.0.113.9" "curl" "id" "h.example" "10.0.0.9:80"`)
	f.Add([]byte{}, "2026-05-04 09:15:02 10.0.0.4 GET /a b=c 443 - 203.0.113.9 curl/8 - 200 0 0 38")
	f.Add([]byte{}, `at=info method=GET path="/a" host=www.example.com fwd="203.0.113.9" connect=1ms service=37ms status=200`)
	f.Fuzz(func(t *testing.T, data []byte, body string) {
		s := telemetry{rest: data}
		record := plog.NewLogRecord()
		s.fill(record.Attributes(), 0)
		record.Body().SetStr(body)
		if s.next()%4 == 1 {
			s.fill(record.Body().SetEmptyMap(), 0)
		}
		tr := newTranslator(newRules(VisitsConfig{Selection: SelectionConfig{StaticAssets: true, HealthChecks: true, FrameworkInternals: true}}, fieldSet{}), time.UTC)
		tr.begin(arrival)
		if v, skip := tr.logRecord(record); skip == notSkipped {
			requireBounded(t, v)
		}
		require.Empty(t, tr.prefix)
	})
}

// FuzzLine proves that a line that was cut off is never read as another
// request: what is read of a part equals what is read of the whole, or nothing
// is. Only what stands at the very end may be missing.
func FuzzLine(f *testing.F) {
	f.Add(`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /a?b HTTP/1.1" 200 512 "https://chatgpt.com/" "curl/8.9.1"`, uint16(70))
	f.Add(`[2026-05-04T09:15:02.120Z] "GET / HTTP/2" 200 - via_upstream - "-" 0 5 38 37 "203.0.113.9" "curl" "id" "h.example" "10.0.0.9:80"`, uint16(90))
	f.Fuzz(func(t *testing.T, text string, cut uint16) {
		if int(cut) >= len(text) || strings.Count(text, `] "`) > 1 {
			return // a name that nobody escaped can hold a whole line
		}
		whole, isWhole := readEntry(text, time.UTC)
		part, isPart := readEntry(text[:cut], time.UTC)
		if !isWhole || !isPart {
			return
		}
		require.Equal(t, whole.requestLine, part.requestLine)
		for _, texts := range [][2]string{{whole.userAgent, part.userAgent}, {whole.referer, part.referer}, {whole.host, part.host}} {
			if texts[1] != "" {
				require.Equal(t, texts[0], texts[1])
			}
		}
	})
}

func FuzzRedactQuery(f *testing.F) {
	for _, s := range []string{"a=b&token=s3cret", "user[password]=x;y=1", "to=https://u:p@h/?sig=1", "%74oken=x", "=&&=;", "a=b&key"} {
		f.Add(s, "s3cret")
	}
	f.Fuzz(func(t *testing.T, query, secret string) {
		once := builtinSecrets.query(query)
		require.Equal(t, once, builtinSecrets.query(once), "redacting twice changes nothing")
		if secret == "" || strings.ContainsAny(secret, "&;") || strings.Contains(redacted, secret) {
			return
		}
		got := builtinSecrets.query("a=1&access_token=" + secret)
		require.NotContains(t, got[len("a=1&access_token="):], secret)
	})
}
