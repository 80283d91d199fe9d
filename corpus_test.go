// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

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
)

// capture is telemetry that a real server emitted for a known list of
// requests, which it was sent one after the other.
type capture struct {
	producer, file, requests string
	// silent are the requests of which the producer emits nothing, or nothing
	// but the fact that they came.
	silent []string
	// skips are further requests that are no visit, with the reason.
	skips map[string]string
	// extra counts records that belong to no request.
	extra map[string]int
	// lacks are the fields that the producer does not supply.
	lacks []string
	// precision is how exact the producer's clock is.
	precision time.Duration
	// aborted is the status of a request that its client gave up.
	aborted int
	// decoded says that the producer decodes the path before it records it.
	decoded bool
	// remedy is how to make the producer supply what it lacks.
	remedy string
	// client is the address that the producer can know; nil means the expected.
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

// header is a request header; its lines are joined.
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
func (c capture) translate(t *testing.T) *translation {
	t.Helper()
	file, err := os.ReadFile(inRoot("testdata/corpus", c.producer, c.file))
	require.NoError(t, err)
	received := time.Date(2026, time.November, 22, 8, 0, 0, 0, time.UTC)
	if strings.HasPrefix(c.file, "access") {
		return translateLogs(VisitsConfig{}, received, newLines(received, file))
	}
	if strings.HasPrefix(c.file, "logs") {
		ld := plog.NewLogs()
		for line := range bytes.Lines(file) {
			payload, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(line)
			require.NoError(t, err)
			payload.ResourceLogs().MoveAndAppendTo(ld.ResourceLogs())
		}
		return translateLogs(VisitsConfig{}, received, ld)
	}
	td := ptrace.NewTraces()
	for line := range bytes.Lines(file) {
		payload, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
		require.NoError(t, err)
		payload.ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
	}
	tr := translateTraces(VisitsConfig{}, received, td)
	slices.SortStableFunc(tr.visits, func(a, b observed) int { return a.start.Compare(b.start) })
	return tr
}

// expected are the requests that become visits, and how often what is skipped.
func (c capture) expected(t *testing.T) ([]sent, map[string]int) {
	t.Helper()
	file, err := os.ReadFile(inRoot("testdata/corpus", c.producer, c.requests))
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

// visit is what the producer allows to know of a request.
func (c capture) visit(r sent) observed {
	want := observed{
		method: r.Method, scheme: "http", host: hostOf(r.Host), status: r.ActualStatus, clientIP: r.ExpectedClientIP,
		userAgent: r.header("User-Agent"), referer: builtinSecrets.header(r.header("Referer")), contentType: r.ActualContentType,
		path: escape(r.Path, pathBytes),
	}
	withoutFragment, _, _ := strings.Cut(r.Query, "#")
	want.query = builtinSecrets.query(escape(withoutFragment, queryBytes))
	if path, err := url.PathUnescape(r.Path); c.decoded && err == nil {
		want.path = escape(path, pathBytes)
	}
	if c.client != nil {
		want.clientIP = c.client(r)
	}
	for _, text := range []*string{&want.userAgent, &want.referer} {
		if isAbsent(*text) {
			*text = "" // as a mark for an absent value it cannot be told from one
		}
	}
	if want.status == 0 {
		want.status = c.aborted
	}
	return want
}

func TestCapturesGiveOneVisitForEachRequest(t *testing.T) {
	for _, c := range captures {
		t.Run(c.producer+"/"+c.file, func(t *testing.T) {
			tr := c.translate(t)
			requests, skipped := c.expected(t)
			for reason, items := range tr.skipped {
				if !strings.Contains(reason, ": ") {
					assert.Equal(t, skipped[reason], items, reason)
				}
			}
			require.Len(t, tr.visits, len(requests))
			for i, r := range requests {
				c.compare(t, r, tr.visits[i])
			}
			requireNoSecret(t, tr, requests)
		})
	}
}

// compare compares what is known of a request with its visit.
func (c capture) compare(t *testing.T, r sent, got observed) {
	t.Helper()
	assert.WithinDuration(t, r.StartTime, got.start, max(c.precision, 250*time.Millisecond), "time of %s", r.ID)
	if got.duration != unknownDuration {
		assert.InDelta(t, r.DurationMS, float64(got.duration.Milliseconds()), 100, "duration of %s", r.ID)
	}
	for _, f := range visitFields {
		if want, have, known := c.field(f, r, got); known {
			assert.Equal(t, want, have, "%s of %s", f.name, r.ID)
		}
	}
}

// field is what a field of a request's visit should be, as far as the producer
// supplies it, and what it is.
func (c capture) field(f visitField, r sent, got observed) (want, have string, known bool) {
	want, have = f.text(c.visit(r)), f.text(got)
	if f.name == "host" {
		if have != "" && have == r.header("X-Forwarded-Host") || strings.HasPrefix(r.Target, "http") {
			return "", "", false // what a proxy or the target says counts where the producer records it
		}
		if slices.Contains(c.lacks, "port") {
			want, have = siteName(want), siteName(have)
		}
	}
	if f.name == "scheme" && (slices.Contains(c.lacks, "scheme") || r.header("X-Forwarded-Proto") != "") {
		return "", "", false
	}
	if slices.Contains(c.lacks, f.name) || c.refuses(r, f.name) {
		want = ""
	}
	return want, have, true
}

// refuses says that nginx logs nothing of the field when it refuses the
// request itself.
func (c capture) refuses(r sent, field string) bool {
	if c.producer != "nginx" || r.ID != "bad-pct" {
		return false
	}
	return field == "user agent" || field == "host"
}

func requireNoSecret(t *testing.T, tr *translation, requests []sent) {
	t.Helper()
	for _, visits := range [][]json.RawMessage{tr.knownAgents, tr.scrunch} {
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
