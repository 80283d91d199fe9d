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

//go:embed page.html
var pageHTML string

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

// page serves the live page, the events that update it, and the totals as JSON.
type page struct {
	totals *totals
	feed   *feed
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
	mux.HandleFunc("GET /events", p.events)
	return protect(mux)
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

// update is one server-sent event: the totals, and the entries since the last event.
type update struct {
	Totals  summary `json:"totals"`
	Entries []entry `json:"entries"`
}

// events sends updates until the client disconnects.
func (p page) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	pause := time.NewTicker(p.pause)
	defer pause.Stop()
	for seen := uint64(0); ; {
		entries, count, changed := p.feed.since(seen)
		seen = count
		encoded, err := json.Marshal(update{p.totals.summary(time.Now()), entries})
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", encoded); err != nil {
			return
		}
		if err := control.Flush(); err != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
		select {
		case <-pause.C:
		case <-r.Context().Done():
			return
		}
	}
}
