// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestActorsHaveDistinctAddressesReservedForDocumentation(t *testing.T) {
	var ranges []netip.Prefix
	for _, text := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"} {
		ranges = append(ranges, netip.MustParsePrefix(text))
	}
	seen := map[string]bool{}
	for _, a := range actors {
		address, err := netip.ParseAddr(a.address)
		if err != nil {
			t.Errorf("%s: %v", a.name, err)
		}
		reserved := false
		for _, r := range ranges {
			reserved = reserved || r.Contains(address)
		}
		if !reserved {
			t.Errorf("%s: %s is a real address", a.name, a.address)
		}
		if seen[a.name] || seen[a.address] {
			t.Errorf("%s: name or address occurs twice", a.name)
		}
		seen[a.name], seen[a.address] = true, true
		if strings.HasSuffix(a.name, "Bot") && !strings.Contains(a.userAgent, a.name) {
			t.Errorf("%s: user agent %q lacks the name", a.name, a.userAgent)
		}
	}
}

func TestTheSitesServeEveryRequestOfTheActors(t *testing.T) {
	// These pages fail on purpose.
	failing := map[string]int{"/no-such-page": 404, "/posts/no-longer-here": 404, "/broken": 500}
	handlers := map[site]http.Handler{www: wwwSite(stock{}), blog: blogSite()}
	for _, plan := range schedule(actors) {
		recorder := httptest.NewRecorder()
		handlers[plan.request.site].ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), plan.request.method, plan.request.target, http.NoBody))
		want := failing[plan.request.target]
		if want == 0 && recorder.Code >= 400 || want != 0 && recorder.Code != want {
			t.Errorf("%s %s%s for %s: status %d", plan.request.method, plan.request.site, plan.request.target, plan.actor.name, recorder.Code)
		}
	}
}

func TestActorsTakeTurnsAndKeepTheirOwnOrder(t *testing.T) {
	a := actor{name: "a", requests: []request{www.get("/1"), www.get("/2"), www.get("/3")}}
	b := actor{name: "b", requests: []request{www.get("/4")}}
	var got []string
	for _, plan := range schedule([]actor{a, b}) {
		got = append(got, plan.actor.name+plan.request.target)
	}
	if want := "a/1 b/4 a/2 a/3"; strings.Join(got, " ") != want {
		t.Errorf("schedule = %q, want %q", got, want)
	}
}

func TestRequestsArriveAsPlannedAndAreCounted(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, strings.Join([]string{
			r.Method, r.Host, r.RequestURI, r.UserAgent(), r.Referer(), r.Header.Get("X-Forwarded-For"),
		}, "|"))
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	address := server.Listener.Addr().String()
	traffic := newTraffic(map[site]string{www: address, blog: address})
	named := actor{name: "n", userAgent: "N/1", address: "192.0.2.1", referer: "https://claude.ai/", requests: []request{
		www.get("/?a=b"), blog.post("/api/contact"), www.get("/healthz"), www.get("/style.css?v=2"),
	}}
	nameless := actor{name: "-", address: "192.0.2.2", requests: []request{blog.get("/")}}
	if err := traffic.send(t.Context(), schedule([]actor{named, nameless}), time.Microsecond); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GET|www.example.com|/?a=b|N/1|https://claude.ai/|192.0.2.1",
		"GET|blog.example.com|/|||192.0.2.2",
		"POST|blog.example.com|/api/contact|N/1|https://claude.ai/|192.0.2.1",
		"GET|www.example.com|/healthz|N/1|https://claude.ai/|192.0.2.1",
		"GET|www.example.com|/style.css?v=2|N/1|https://claude.ai/|192.0.2.1",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n := traffic.sent.visits[knownAgents]; n != 3 {
		t.Errorf("%d visits expected at Known Agents, want 3", n)
	}
	if n := traffic.sent.visits[scrunch]; n != 2 {
		t.Errorf("%d visits expected at Scrunch, want 2: it takes none without a user agent", n)
	}
}

func TestASpanHoldsTheDetailsOfAVisit(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/pricing?utm_source=chatgpt.com", http.NoBody)
	request.Header.Set("Referer", "https://chatgpt.com/")
	request.Header.Set("Cookie", "session=secret")
	instrumented(wwwSite(stock{}), provider).ServeHTTP(httptest.NewRecorder(), request)
	spans := recorder.Ended()
	if len(spans) != 1 {
		t.Fatalf("%d spans, want 1", len(spans))
	}
	got := map[attribute.Key]string{}
	for _, kv := range spans[0].Attributes() {
		got[kv.Key] = kv.Value.String()
		if strings.Contains(got[kv.Key], "secret") {
			t.Errorf("%s holds a credential", kv.Key)
		}
	}
	for key, want := range map[attribute.Key]string{
		"url.path":                          "/pricing",
		"url.query":                         "utm_source=chatgpt.com",
		"http.request.method":               "GET",
		"http.response.status_code":         "200",
		"http.request.header.referer":       `["https://chatgpt.com/"]`,
		"http.response.header.content-type": `["text/html; charset=utf-8"]`,
	} {
		if got[key] != want {
			t.Errorf("%s = %q, want %q", key, got[key], want)
		}
	}
}
