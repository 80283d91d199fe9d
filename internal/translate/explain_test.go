// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestExplanationNamesKeysAndNoValues(t *testing.T) {
	core, logs := observer.New(zapcore.DebugLevel)
	e := NewExplainer(zap.New(core))
	attributes, body := pcommon.NewMap(), pcommon.NewValueMap()
	attributes.PutStr("user_agent.original", "visitor-data")
	attributes.PutStr("visitor-jane@example.com", "")
	attributes.PutStr("203.0.113.99", "")
	attributes.PutStr("token=visitor-secret", "")
	body.Map().PutEmptyMap("query").PutStr("visitor-key", "visitor-data")

	require.True(t, e.Wants(visit.SkipNoStatus, fixture.Arrival.UnixNano()))
	tr := NewTranslator(NewRules(Config{}, visit.FieldSet{}), time.UTC)
	f := &tr.facts
	f.set(visit.Method, 1, "visitor-data", 0)
	f.set(visit.Path, 1, "visitor-data", 0)
	e.Explain(visit.SkipNoStatus, pcommon.NewInstrumentationScope(), attributes, body, tr)
	entry := logs.All()[0]
	assert.Contains(t, entry.Message, remedies[visit.SkipNoStatus])
	assert.Equal(t, "no_status", entry.ContextMap()["reason"])
	assert.Equal(t, []any{"user_agent.original", "body: query"}, entry.ContextMap()["keys"])
	assert.Equal(t, []any{"status", "host", "user agent", "client address"}, entry.ContextMap()["missing"])
	unused := visit.SetOf(visit.Host)
	assert.Equal(t, []string{"status", "user agent", "client address"}, f.missing(&unused), "the destination does not use the host")
	text, err := zapcore.NewJSONEncoder(zapcore.EncoderConfig{MessageKey: "message"}).EncodeEntry(entry.Entry, entry.Context)
	require.NoError(t, err)
	assert.NotContains(t, text.String(), "visitor-")
}

// TestExplanationSaysWhatColumnsLack: a user cannot see it from the keys, because a line
// has none.
func TestExplanationSaysWhatColumnsLack(t *testing.T) {
	core, logs := observer.New(zapcore.DebugLevel)
	e := NewExplainer(zap.New(core))
	tr := NewTranslator(NewRules(Config{}, visit.FieldSet{}), time.UTC)
	for _, line := range []string{"2026-05-04 09:15:02 visitor-data", "#Fields: date time cs-method cs-uri-stem sc-status", "2026-05-04 09:15:02 GET /visitor-data 200 visitor-data"} {
		record := fixture.LineRecord(line)
		_, skip := tr.LogRecord(record)
		require.Equal(t, visit.SkipNotAccessLog, skip)
		e.Explain(skip, pcommon.NewInstrumentationScope(), record.Attributes(), record.Body(), tr)
	}
	assert.Contains(t, logs.All()[0].ContextMap()["columns"], "No #Fields line was seen")
	assert.Empty(t, logs.All()[1].ContextMap()["columns"])
	assert.Contains(t, logs.All()[2].ContextMap()["columns"], "another number of columns")
	assert.NotContains(t, fmt.Sprint(logs.All()), "visitor-")
}

func TestExplanationNamesTheRuleForLinesThatCameClosest(t *testing.T) {
	core, logs := observer.New(zapcore.DebugLevel)
	e := NewExplainer(zap.New(core))
	tr := NewTranslator(NewRules(Config{}, visit.FieldSet{}), time.UTC)
	for _, line := range []string{`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /visitor-data HTTP/1.1" 200`, "the cache is warm", `{"a":1}`} {
		e.Explain(visit.SkipNotAccessLog, pcommon.NewInstrumentationScope(), pcommon.NewMap(), pcommon.NewValueStr(line), tr)
	}
	first, second, third := logs.All()[0].ContextMap(), logs.All()[1].ContextMap(), logs.All()[2].ContextMap()
	assert.Equal(t, "a date in brackets, then a request line in quotation marks", first["closest_rule"])
	assert.Equal(t, "a size after the status", first["line_lacks"])
	assert.Contains(t, second["closest_rule"], "none")
	assert.NotContains(t, second, "line_lacks")
	assert.NotContains(t, third, "closest_rule", "JSON is told by its keys")
}

func TestExplanationsAreRare(t *testing.T) {
	core, _ := observer.New(zapcore.DebugLevel)
	e := NewExplainer(zap.New(core))
	assert.True(t, e.Wants(visit.SkipNoHost, fixture.Arrival.UnixNano()))
	assert.False(t, e.Wants(visit.SkipNoHost, fixture.Arrival.Add(59*time.Second).UnixNano()))
	assert.True(t, e.Wants(visit.SkipNoUserAgent, fixture.Arrival.UnixNano()), "another reason")
	assert.True(t, e.Wants(visit.SkipNoHost, fixture.Arrival.Add(time.Minute).UnixNano()))
	assert.False(t, e.Wants(visit.NotSkipped, fixture.Arrival.UnixNano()))
}

func TestNothingIsExplainedUnlessDebugging(t *testing.T) {
	core, _ := observer.New(zapcore.InfoLevel)
	assert.False(t, NewExplainer(zap.New(core)).Wants(visit.SkipNoHost, fixture.Arrival.UnixNano()))
}

func TestEveryReasonHasARemedy(t *testing.T) {
	for reason := visit.NotSkipped + 1; reason < visit.SkipReasonCount; reason++ {
		assert.NotEmpty(t, visit.SkipReasons[reason])
		assert.NotEmpty(t, remedies[reason], visit.SkipReasons[reason])
	}
}

func TestExplanationsAreBounded(t *testing.T) {
	attributes := pcommon.NewMap()
	for i := range maxExplainedKeys + 1 {
		attributes.PutStr(fmt.Sprintf("key_%02d", i), "")
	}
	keys := appendKeys(nil, "", attributes)
	assert.Len(t, keys, maxExplainedKeys)
	assert.Len(t, appendKeys(keys, "body: ", attributes), maxExplainedKeys, "the body adds none")
}

func TestKeysThatLookLikeDataAreNotNamed(t *testing.T) {
	for key, want := range map[string]bool{
		"http.request.method": true, "cs(User-Agent)": true, "x_1-Z": true, "a0": true, "Zz9": true,
		strings.Repeat("x", maxKeyBytes): true, strings.Repeat("x", maxKeyBytes+1): false,
		"": false, "0a": false, "9a": false, "a@b": false, "a b": false, "a/b": false, "a:b": false, "[a": false, "{a": false, "ä": false, "a`": false,
	} {
		t.Run(key, func(t *testing.T) { assert.Equal(t, want, isKeyName(key)) })
	}
}

func TestAnExplanationNamesNoFactsOfItemsThatWereNotRead(t *testing.T) {
	for _, reason := range []visit.SkipReason{visit.SkipNotServer, visit.SkipService} {
		t.Run(visit.SkipReasons[reason], func(t *testing.T) {
			core, logs := observer.New(zapcore.DebugLevel)
			tr := NewTranslator(NewRules(Config{}, visit.FieldSet{}), time.UTC)
			NewExplainer(zap.New(core)).Explain(reason, pcommon.NewInstrumentationScope(), pcommon.NewMap(), pcommon.NewValueEmpty(), tr)
			assert.Empty(t, logs.All()[0].ContextMap()["missing"])
		})
	}
}

func TestEveryKeyOfAFactCounts(t *testing.T) {
	for name, fields := range map[string][]visit.Field{
		"method":         {visit.Method, visit.RequestLine},
		"path":           {visit.Path, visit.Target, visit.FullURL, visit.PathFallback, visit.RequestLine},
		"status":         {visit.Status},
		"host":           {visit.Host, visit.BareHost, visit.HostHeader, visit.FullURL, visit.ForwardedHost},
		"user agent":     {visit.UserAgent},
		"client address": {visit.ClientIP, visit.PeerIP, visit.ForwardedFor},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, (&facts{}).missing(&visit.FieldSet{}), name)
			for _, i := range fields {
				var f facts
				f.set(i, 1, "x", 0)
				assert.NotContains(t, f.missing(&visit.FieldSet{}), name)
			}
		})
	}
}
