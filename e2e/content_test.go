// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// request is an HTTP request to the website. Both the telemetry and the expected visits
// are made from it. An empty text is a header that was not sent, or a detail that the
// telemetry lacks.
type request struct {
	id          string // unique; part of the query
	start       time.Time
	duration    time.Duration // negative if unknown
	method      string
	host        string
	path        string
	query       string // as sent
	status      int
	agent       string
	client      string // the visitor's address
	forwarded   string // X-Forwarded-For
	referer     string
	contentType string // of the response
}

// secret is in the query of some requests. It must not reach an API.
const secret = "hunter2-must-not-leave"

var agents = [...]string{
	"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
	"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
	"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
	"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
	"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
	"Weird \\ Agent/1.0 (ünïcödé <&> 🦙)",
}

// newRequest returns the request with number i. It is always the same, and it differs
// from its neighbours in several fields.
func newRequest(i int) request {
	r := request{
		id:          fmt.Sprintf("%06d", i),
		start:       time.Date(2026, 5, 4, 9, 15, 2, 120e6, time.UTC).Add(time.Duration(i) * 1237 * time.Millisecond),
		duration:    time.Duration(i%997) * time.Millisecond,
		method:      pick(i, "GET", "GET", "HEAD", "GET", "POST"),
		host:        pick(i, "www.example.com", "shop.example.com"),
		path:        pick(i, "/page/", "/caf%C3%A9/", "/docs/a%2Fb%20c/") + strconv.Itoa(i),
		status:      [...]int{200, 200, 301, 404, 200, 503, 206}[i%7],
		agent:       agents[i%len(agents)],
		client:      pick(i, fmt.Sprintf("203.0.113.%d", i%256), fmt.Sprintf("2001:db8::%x", i+1)),
		referer:     pick(i, "", "https://chatgpt.com/", "", "https://www.perplexity.ai/search?q=llamas"),
		contentType: pick(i, "text/html; charset=utf-8", "text/html; charset=utf-8", "application/json", ""),
	}
	r.query = "visit=" + r.id + pick(i, "&utm_source=chatgpt.com", "", "&token="+secret+"&utm_medium=referral")
	if i%4 == 1 {
		r.forwarded = r.client + ", 10.0.0.1"
	}
	return r
}

// pick returns one of the options by turns.
func pick(i int, options ...string) string { return options[i%len(options)] }

// newRequests returns the requests with the numbers from from to to-1.
func newRequests(from, to int) []request {
	requests := make([]request, 0, to-from)
	for i := from; i < to; i++ {
		requests = append(requests, newRequest(i))
	}
	return requests
}

// target is the path and query of the request line.
func (r request) target() string { return r.path + "?" + r.query }

// redactedTarget is the target without the secret.
func (r request) redactedTarget() string { return strings.ReplaceAll(r.target(), secret, "REDACTED") }

// knownAgents is the visit that Known Agents must receive.
func (r request) knownAgents() fakeapi.KnownAgentsVisit {
	v := fakeapi.KnownAgentsVisit{
		RequestPath:        r.redactedTarget(),
		RequestMethod:      r.method,
		RequestHeaders:     map[string]string{"user-agent": r.agent, "x-forwarded-for": r.client},
		ResponseStatusCode: &r.status,
		Created:            r.start.Format("2006-01-02T15:04:05.000Z"),
	}
	if r.forwarded != "" {
		v.RequestHeaders["x-forwarded-for"] = r.forwarded
	}
	if r.host != "" {
		v.RequestHeaders["host"] = r.host
	}
	if r.referer != "" {
		v.RequestHeaders["referer"] = r.referer
	}
	if r.contentType != "" {
		v.ResponseHeaders = map[string]string{"content-type": r.contentType}
	}
	v.ResponseDurationInMilliseconds = r.milliseconds()
	return v
}

// scrunch is the visit that Scrunch must receive. domain is the configured domain, or
// empty if it is the visit's host.
func (r request) scrunch(domain string) fakeapi.ScrunchVisit {
	v := fakeapi.ScrunchVisit{
		Domain:       domain,
		UserAgent:    r.agent,
		Path:         r.path,
		Method:       r.method,
		StatusCode:   r.status,
		Timestamp:    json.Number(strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%03d", r.start.Unix(), r.start.UnixMilli()%1000), "0"), ".")),
		ResponseTime: r.milliseconds(),
		IP:           r.client,
	}
	host := r.host
	if host == "" {
		host = domain
	}
	if v.Domain == "" {
		v.Domain = r.host
	}
	v.URL = "https://" + host + r.redactedTarget()
	return v
}

func (r request) milliseconds() *int {
	if r.duration < 0 {
		return nil
	}
	ms := int(r.duration.Milliseconds())
	return &ms
}

// idForm matches a request's id in a path or URL.
var idForm = regexp.MustCompile(`[?&]visit=(\d{6})`)

func idOf(target string) string {
	if found := idForm.FindStringSubmatch(target); found != nil {
		return found[1]
	}
	return "no id in " + target
}

// requireVisits requires that both destinations have exactly the wanted visits: each
// once, no other, all fields equal, no secret.
func (r *rig) requireVisits(want []request, domain string) {
	r.t.Helper()
	knownAgents := map[string]fakeapi.KnownAgentsVisit{}
	scrunch := map[string]fakeapi.ScrunchVisit{}
	for _, w := range want {
		knownAgents[w.id] = w.knownAgents()
		scrunch[w.id] = w.scrunch(domain)
	}
	requireSame(r.t, "known_agents", knownAgents, r.api.KnownAgentsVisits(),
		func(v fakeapi.KnownAgentsVisit) string { return idOf(v.RequestPath) })
	requireSame(r.t, "scrunch", scrunch, r.api.ScrunchVisits(),
		func(v fakeapi.ScrunchVisit) string { return idOf(v.URL) })
	for _, destination := range []fakeapi.Destination{fakeapi.KnownAgents, fakeapi.Scrunch} {
		for _, v := range r.api.Visits(destination) {
			require.NotContains(r.t, string(v.Raw), secret)
		}
	}
}

// requireSame compares visits by id. It shows only the first differences.
func requireSame[V any](t *testing.T, name string, want map[string]V, got []V, id func(V) string) {
	t.Helper()
	times := map[string]int{}
	var unknown, twice, missing []string
	for _, v := range got {
		key := id(v)
		times[key]++
		if _, expected := want[key]; !expected {
			unknown = append(unknown, key)
		}
		if times[key] == 2 {
			twice = append(twice, key)
		}
	}
	for key := range want {
		if times[key] == 0 {
			missing = append(missing, key)
		}
	}
	require.Empty(t, first(missing), "%s: %d visits are missing", name, len(missing))
	require.Empty(t, first(twice), "%s: %d visits arrived more than once", name, len(twice))
	require.Empty(t, first(unknown), "%s: %d visits were not expected", name, len(unknown))
	different := 0
	for _, v := range got {
		if !assert.Equal(t, want[id(v)], v, "%s: visit %s", name, id(v)) {
			different++
		}
		require.Less(t, different, 3, "%s: more differences are not shown", name)
	}
}

// first returns the first few ids.
func first(ids []string) []string { return ids[:min(len(ids), 5)] }
