// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/selection"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestSources(t *testing.T) {
	for _, folder := range fixture.SourceFolders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			tr := translation.Folder(t, folder)
			golden := map[string]string{
				"known_agents.json": indented(t, tr.KnownAgents),
				"scrunch.json":      indented(t, tr.Scrunch),
				"skipped.yaml":      counts(tr.Skipped),
			}
			for name, got := range golden {
				fixture.RequireFile(t, filepath.Join(folder, name), got)
			}
		})
	}
}

func indented(t *testing.T, visits []json.RawMessage) string {
	t.Helper()
	if len(visits) == 0 {
		return "[]\n"
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(visits))
	return out.String()
}

func counts(skipped map[string]int) string {
	var out strings.Builder
	for _, reason := range slices.Sorted(maps.Keys(skipped)) {
		fmt.Fprintf(&out, "%s: %d\n", reason, skipped[reason])
	}
	return out.String()
}

// TestWhatADestinationHasNoUseForMakesNoDifference: the values of such fields are
// not read.
func TestWhatADestinationHasNoUseForMakesNoDifference(t *testing.T) {
	for _, d := range translation.Destinations() {
		for _, who := range []string{"everybody", "agents", "agents_and_referred"} {
			t.Run(d.Name+"/"+who, func(t *testing.T) {
				delivered := func(p fixture.Payload, unused visit.FieldSet) (all []string) {
					tr := translate.NewTranslator(translate.NewRules(translate.Config{Privacy: privacy.Config{Who: who}}, unused), time.UTC)
					translation.Each(tr, fixture.Arrival, p, func(v *visit.Visit, skip visit.SkipReason) {
						if skip == visit.NotSkipped {
							e := d.Encode(nil, v)
							all = append(all, string(e.Bytes)+visit.SkipReasons[e.Skip])
						}
					})
					return all
				}
				for _, folder := range fixture.SourceFolders(t) {
					p := fixture.ReadPayload(t, folder)
					assert.Equal(t, delivered(p, visit.FieldSet{}), delivered(p, d.Unused), folder)
				}
			})
		}
	}
}

// requestRecord is a log record of a request that was answered, with further
// attributes.
func requestRecord(t *testing.T, attributes map[string]any) plog.LogRecord {
	t.Helper()
	record := plog.NewLogRecord()
	require.NoError(t, record.Attributes().FromRaw(map[string]any{"request_method": "GET", "request_uri": "/a", "status": 200}))
	for key, v := range attributes {
		require.NoError(t, record.Attributes().PutEmpty(key).FromRaw(v))
	}
	return record
}

// translateRecord translates a log record that is a visit.
func translateRecord(t *testing.T, record plog.LogRecord) fixture.Observed {
	t.Helper()
	v, skip := translation.New(translate.Config{}).LogRecord(record)
	require.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip])
	return translation.Observe(v)
}

func TestAServiceThatIsNotChosenHasNoVisits(t *testing.T) {
	for name, c := range map[string]struct {
		services selection.ServicesConfig
		resource map[string]any
		want     visit.SkipReason
	}{
		"the service is excluded":         {selection.ServicesConfig{Exclude: []string{"shop"}}, map[string]any{"service.name": "shop"}, visit.SkipService},
		"another one is excluded":         {selection.ServicesConfig{Exclude: []string{"shop"}}, map[string]any{"service.name": "blog"}, visit.NotSkipped},
		"the service is included":         {selection.ServicesConfig{Include: []string{"shop"}}, map[string]any{"service.name": "shop"}, visit.NotSkipped},
		"the service has no name":         {selection.ServicesConfig{Include: []string{"shop"}}, nil, visit.SkipService},
		"a star is no missing name":       {selection.ServicesConfig{Include: []string{"*"}}, nil, visit.SkipService},
		"nothing is said about services":  {selection.ServicesConfig{}, nil, visit.NotSkipped},
		"the name is a number, as it can": {selection.ServicesConfig{Include: []string{"7"}}, map[string]any{"service.name": 7}, visit.NotSkipped},
	} {
		t.Run(name, func(t *testing.T) {
			td, ld := fixture.NewTraces("/a"), fixture.NewLogs("/a")
			require.NoError(t, td.ResourceSpans().At(0).Resource().Attributes().FromRaw(c.resource))
			require.NoError(t, ld.ResourceLogs().At(0).Resource().Attributes().FromRaw(c.resource))
			tr := translation.New(translate.Config{Selection: selection.Config{Services: c.services}})
			for _, p := range []fixture.Payload{fixture.OfTraces(td), fixture.OfLogs(ld)} {
				translation.Each(tr, fixture.Arrival, p, func(_ *visit.Visit, skip visit.SkipReason) {
					assert.Equal(t, visit.SkipReasons[c.want], visit.SkipReasons[skip])
				})
			}
		})
	}
}

func TestAnExceptionOfARequestIsNotAnotherVisit(t *testing.T) {
	for event, want := range map[string]visit.SkipReason{
		"http.server.request.exception": visit.SkipException,
		"http.client.request.exception": visit.SkipException,
		"exception":                     visit.SkipException,
		"http.server.request":           visit.NotSkipped,
		"":                              visit.NotSkipped,
	} {
		t.Run(event, func(t *testing.T) {
			named := requestRecord(t, nil)
			named.SetEventName(event)
			tr := translation.New(translate.Config{})
			_, skip := tr.LogRecord(named)
			assert.Equal(t, visit.SkipReasons[want], visit.SkipReasons[skip])
			_, skip = tr.LogRecord(requestRecord(t, map[string]any{"event.name": event}))
			assert.Equal(t, visit.SkipReasons[want], visit.SkipReasons[skip], "as an attribute")
		})
	}
}

func TestARequestWithoutAPathIsToldFromOtherRecords(t *testing.T) {
	for name, c := range map[string]struct {
		attributes map[string]any
		want       visit.SkipReason
	}{
		"CONNECT":                {map[string]any{"request": "CONNECT www.example.com:443 HTTP/1.1", "status": 200}, visit.SkipNoPath},
		"OPTIONS *":              {map[string]any{"request_method": "OPTIONS", "request_uri": "*", "status": 200}, visit.SkipNoPath},
		"a call of a procedure":  {map[string]any{"method": "GET", "status": 200}, visit.SkipNotAccessLog},
		"a path without a slash": {map[string]any{"request_method": "GET", "request_uri": "a", "status": 200}, visit.SkipNotAccessLog},
	} {
		t.Run(name, func(t *testing.T) {
			record := plog.NewLogRecord()
			require.NoError(t, record.Attributes().FromRaw(c.attributes))
			_, skip := translation.New(translate.Config{}).LogRecord(record)
			assert.Equal(t, visit.SkipReasons[c.want], visit.SkipReasons[skip])
		})
	}
}

func TestASpanTellsItsTimes(t *testing.T) {
	arrival, day := fixture.Arrival, 24*time.Hour
	long := time.Date(1999, time.December, 31, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		start, end, want time.Time
		took             time.Duration
	}{
		"as it was":                  {arrival.Add(-time.Second), arrival, arrival.Add(-time.Second), time.Second},
		"at once":                    {arrival, arrival, arrival, 0},
		"the end before the start":   {arrival, arrival.Add(-1), arrival, visit.UnknownDuration},
		"no start":                   {time.Unix(0, 0), arrival.Add(-time.Minute), arrival.Add(-time.Minute), visit.UnknownDuration},
		"neither":                    {time.Unix(0, 0), time.Unix(0, 0), arrival, visit.UnknownDuration},
		"a start long ago":           {long, long.Add(time.Second), arrival, visit.UnknownDuration},
		"the first possible start":   {time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2000, 1, 1, 0, 0, 1, 0, time.UTC), time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Second},
		"a clock a day ahead":        {arrival.Add(day), arrival.Add(day), arrival.Add(day), 0},
		"a clock more than a day so": {arrival.Add(day + 1), arrival.Add(day + 1), arrival, 0},
	} {
		t.Run(name, func(t *testing.T) {
			span := fixture.OtelhttpSpan()
			span.SetStartTimestamp(pcommon.NewTimestampFromTime(c.start))
			span.SetEndTimestamp(pcommon.NewTimestampFromTime(c.end))
			v, skip := translation.New(translate.Config{}).Span(span)
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.want, time.Unix(0, v.Start).UTC())
			assert.Equal(t, c.took, v.Duration)
		})
	}
}

func TestHowLongAWebSocketWasOpenIsNoDuration(t *testing.T) {
	span := fixture.OtelhttpSpan()
	span.Attributes().PutInt("http.response.status_code", 101)
	v, skip := translation.New(translate.Config{}).Span(span)
	require.Equal(t, visit.NotSkipped, skip)
	assert.Equal(t, visit.UnknownDuration, v.Duration)
}

func TestAPayloadLeavesNothingForTheNext(t *testing.T) {
	tr := translation.New(translate.Config{ClientIP: translate.ClientIPConfig{TrustedHeaders: []string{"cf-connecting-ip"}}})
	assert.Equal(t, fixture.Arrival.UnixNano(), tr.Arrival())
	_, skip := tr.Span(fixture.OtelhttpSpan())
	require.Equal(t, visit.NotSkipped, skip)
	assert.Equal(t, translate.AddressWithheld|translate.PublicHost, tr.Notices())
	tr.End()
	tr.Begin(fixture.Arrival.Add(time.Hour))
	assert.Equal(t, fixture.Arrival.Add(time.Hour).UnixNano(), tr.Arrival())
	assert.Zero(t, tr.Notices())
	span := fixture.OtelhttpSpan()
	span.Attributes().PutStr("http.request.header.cf-connecting-ip", "203.0.113.9")
	v, skip := tr.Span(span)
	require.Equal(t, visit.NotSkipped, skip)
	assert.Equal(t, "203.0.113.9", v.ClientIP)
	assert.Equal(t, translate.PublicHost, tr.Notices())
}
