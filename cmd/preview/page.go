// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// The page's parts. They become one file, because it may run only what has the hash of
// its one style and its one script.
var (
	//go:embed page.html
	pageFrame string
	//go:embed page.css
	pageStyle string
	//go:embed page_lists.js
	pageLists string
	//go:embed page_rows.js
	pageRows string
	//go:embed page.js
	pageScript string

	pageHTML = strings.NewReplacer("/*style*/", pageStyle, "/*script*/", pageLists+pageRows+pageScript).Replace(pageFrame)
)

// pagePolicy is the Content-Security-Policy. It allows the page's own style and
// script, by their hashes, and requests to this server. It forbids everything else.
var pagePolicy = fmt.Sprintf(
	"default-src 'none'; style-src '%s'; script-src '%s'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	hashBetween(pageHTML, "<style>", "</style>"), hashBetween(pageHTML, "<script>", "</script>"))

// hashBetween returns the policy's source expression for the text between two tags.
func hashBetween(html, open, end string) string {
	_, after, _ := strings.Cut(html, open)
	text, _, _ := strings.Cut(after, end)
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// page serves the live page, the events that update it, the totals as JSON, and the
// requests as CSV.
type page struct {
	totals  *totals
	history *history
	// pause is the minimum time between two events on a connection, so that a flood
	// of visits does not become a flood of events.
	pause time.Duration
}

func (p page) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(pageHTML))
	})
	mux.HandleFunc("GET /totals", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(p.totals.summary(time.Now()))
	})
	mux.HandleFunc("GET /visits.csv", p.filtered(func(w http.ResponseWriter, _ *http.Request, f filter) {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="visits.csv"`)
		now, _ := p.history.now()
		_ = writeCSV(w, f.choose(now.requests, time.Now())) // the client may have left
	}))
	mux.HandleFunc("GET /events", p.filtered(p.events))
	return protect(mux)
}

// filtered passes the filter in the query on, or refuses one that is wrong.
func (p page) filtered(serve func(http.ResponseWriter, *http.Request, filter)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, err := parseFilter(r.URL.Query())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		serve(w, r, f)
	}
}

// protect sets headers that keep the page harmless, because strangers choose most of
// what it shows. It also refuses requests for any other host name: in a DNS-rebinding
// attack, a website points its own name at this machine to read the visits.
func protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", pagePolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		if !isLoopback(r.Host) {
			http.Error(w, "open this page at its loopback address", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// restRatio is how much longer than the making of an event the pause after it is, at
// least: pages take at most a tenth of a core each.
const restRatio = 10

// events sends the view as a server-sent event, now and after changes, until the client
// disconnects.
func (p page) events(w http.ResponseWriter, r *http.Request, f filter) {
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	for {
		begin := time.Now()
		now, changed := p.history.now()
		encoded, err := json.Marshal(newView(now, f, p.totals.summary(begin), begin))
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", encoded); err != nil {
			return
		}
		if err := control.Flush(); err != nil {
			return
		}
		pause := time.After(max(p.pause, restRatio*time.Since(begin)))
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
		select {
		case <-pause:
		case <-r.Context().Done():
			return
		}
	}
}
