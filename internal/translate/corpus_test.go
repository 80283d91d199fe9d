// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/redact"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// capture is telemetry that a real server emitted for a known list of requests, which
// were sent to it one after the other.
type capture struct {
	producer, file, requests string
	// silent are the requests for which the producer emits nothing, or too little for
	// a visit.
	silent []string
	// skips are further requests that do not become visits, with the reason.
	skips map[string]string
	// extra counts records that belong to no request.
	extra map[string]int
	// lacks are the fields that the producer does not supply.
	lacks []string
	// precision is how exact the producer's clock is.
	precision time.Duration
	// aborted is the status of a request whose client left before the answer.
	aborted int
	// decoded says that the producer decodes the path before it records it.
	decoded bool
	// remedy is how to make the producer supply what it lacks.
	remedy string
	// client is the address that the producer can know. nil stands for the expected
	// one.
	client func(sent) string
}

// sent is a request of a capture.
type sent struct {
	ID, Method, Target, Path, Query, Host string
	Headers                               [][2]string
	ExpectedClientIP                      string    `json:"expected_client_ip"`
	ActualStatus                          int       `json:"actual_status"`
	ActualContentType                     string    `json:"actual_content_type"`
	StartTime                             time.Time `json:"start_time"`
	DurationMS                            float64   `json:"duration_ms"`
	Secrets                               []string  `json:"must_never_be_exported"`
}

// header is the value of a request header, its lines joined.
func (r sent) header(name string) string {
	var values []string
	for _, h := range r.Headers {
		if strings.EqualFold(h[0], name) {
			values = append(values, h[1])
		}
	}
	return strings.Join(values, ", ")
}

// translate reads the capture's file as one payload.
func (c capture) translate(t *testing.T) *translation.Translation {
	t.Helper()
	file, err := os.ReadFile(fixture.InRoot("testdata/corpus", c.producer, c.file))
	require.NoError(t, err)
	received := time.Date(2026, time.November, 22, 8, 0, 0, 0, time.UTC)
	if strings.HasPrefix(c.file, "access") {
		return translation.Logs(translate.Config{}, received, fixture.NewLines(received, file))
	}
	if strings.HasPrefix(c.file, "logs") {
		ld := plog.NewLogs()
		for line := range bytes.Lines(file) {
			payload, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(line)
			require.NoError(t, err)
			payload.ResourceLogs().MoveAndAppendTo(ld.ResourceLogs())
		}
		return translation.Logs(translate.Config{}, received, ld)
	}
	td := ptrace.NewTraces()
	for line := range bytes.Lines(file) {
		payload, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
		require.NoError(t, err)
		payload.ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
	}
	tr := translation.Traces(translate.Config{}, received, td)
	slices.SortStableFunc(tr.Visits, func(a, b fixture.Observed) int { return a.Start.Compare(b.Start) })
	return tr
}

// expected are the requests that become visits, and how many items are skipped for
// each reason.
func (c capture) expected(t *testing.T) ([]sent, map[string]int) {
	t.Helper()
	file, err := os.ReadFile(fixture.InRoot("testdata/corpus", c.producer, c.requests))
	require.NoError(t, err)
	var requests, visits []sent
	require.NoError(t, json.Unmarshal(file, &requests))
	skipped := map[string]int{}
	for reason, items := range c.extra {
		skipped[reason] += items
	}
	for _, r := range requests {
		switch {
		case slices.Contains(c.silent, r.ID):
		case noPage[r.ID] != "":
			skipped[noPage[r.ID]]++
		case c.skips[r.ID] != "":
			skipped[c.skips[r.ID]]++
		default:
			visits = append(visits, r)
		}
	}
	return visits, skipped
}

// visit is the visit that a request should become, as far as its producer can tell.
func (c capture) visit(r sent) fixture.Observed {
	want := fixture.Observed{
		Method: r.Method, Scheme: "http", Host: uri.Host(r.Host), Status: r.ActualStatus, ClientIP: r.ExpectedClientIP,
		UserAgent: r.header("User-Agent"), Referer: redact.Builtin.Header(r.header("Referer")), ContentType: r.ActualContentType,
		Path: uri.Escape(r.Path, uri.PathBytes),
	}
	withoutFragment, _, _ := strings.Cut(r.Query, "#")
	want.Query = redact.Builtin.Query(uri.Escape(withoutFragment, uri.QueryBytes))
	if path, err := url.PathUnescape(r.Path); c.decoded && err == nil {
		want.Path = uri.Escape(path, uri.PathBytes)
	}
	if c.client != nil {
		want.ClientIP = c.client(r)
	}
	for _, text := range []*string{&want.UserAgent, &want.Referer} {
		if value.IsAbsent(*text) {
			*text = "" // as a mark for an absent value it cannot be told from one
		}
	}
	if want.Status == 0 {
		want.Status = c.aborted
	}
	return want
}

func TestCapturesGiveOneVisitForEachRequest(t *testing.T) {
	for _, c := range captures {
		t.Run(c.producer+"/"+c.file, func(t *testing.T) {
			tr := c.translate(t)
			requests, skipped := c.expected(t)
			for reason, items := range tr.Skipped {
				if !strings.Contains(reason, ": ") {
					assert.Equal(t, skipped[reason], items, reason)
				}
			}
			require.Len(t, tr.Visits, len(requests))
			for i, r := range requests {
				c.compare(t, r, tr.Visits[i])
			}
			requireNoSecret(t, tr, requests)
		})
	}
}

// compare compares what is known of a request with its visit.
func (c capture) compare(t *testing.T, r sent, got fixture.Observed) {
	t.Helper()
	assert.WithinDuration(t, r.StartTime, got.Start, max(c.precision, 250*time.Millisecond), "time of %s", r.ID)
	if got.Duration != visit.UnknownDuration {
		assert.InDelta(t, r.DurationMS, float64(got.Duration.Milliseconds()), 100, "duration of %s", r.ID)
	}
	for _, f := range fixture.VisitFields {
		if want, have, known := c.field(f, r, got); known {
			assert.Equal(t, want, have, "%s of %s", f.Name, r.ID)
		}
	}
}

// field is what a field of a request's visit should be, and what it is. known is false
// if the producer cannot tell.
func (c capture) field(f fixture.VisitField, r sent, got fixture.Observed) (want, have string, known bool) {
	want, have = f.Text(c.visit(r)), f.Text(got)
	if f.Name == "host" {
		if have != "" && have == r.header("X-Forwarded-Host") || strings.HasPrefix(r.Target, "http") {
			return "", "", false // what a proxy or the target says counts where the producer records it
		}
		if slices.Contains(c.lacks, "port") {
			want, have = uri.SiteName(want), uri.SiteName(have)
		}
	}
	if f.Name == "scheme" && (slices.Contains(c.lacks, "scheme") || r.header("X-Forwarded-Proto") != "") {
		return "", "", false
	}
	if slices.Contains(c.lacks, f.Name) || c.refuses(r, f.Name) {
		want = ""
	}
	return want, have, true
}

// refuses says whether nginx logs nothing of the field because it refuses the request
// itself.
func (c capture) refuses(r sent, field string) bool {
	if c.producer != "nginx" || r.ID != "bad-pct" {
		return false
	}
	return field == "user agent" || field == "host"
}

func requireNoSecret(t *testing.T, tr *translation.Translation, requests []sent) {
	t.Helper()
	for _, visits := range [][]json.RawMessage{tr.KnownAgents, tr.Scrunch} {
		all := string(bytes.Join(asBytes(visits), nil))
		assert.NotContains(t, all, "SECRET-")
		for _, r := range requests {
			for _, secret := range r.Secrets {
				assert.NotContains(t, all, secret)
			}
		}
	}
}

func asBytes(messages []json.RawMessage) [][]byte {
	out := make([][]byte, len(messages))
	for i, m := range messages {
		out[i] = m
	}
	return out
}
