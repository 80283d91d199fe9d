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

// pagePolicy allows the page its own style and script, by their hashes, and
// requests to where it came from. Nothing else is loaded, framed or sent.
var pagePolicy = fmt.Sprintf(
	"default-src 'none'; style-src '%s'; script-src '%s'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	hashBetween(pageHTML, "<style>", "</style>"), hashBetween(pageHTML, "<script>", "</script>"))

// hashBetween returns the source expression for the text between two tags.
func hashBetween(html, open, end string) string {
	_, after, _ := strings.Cut(html, open)
	text, _, _ := strings.Cut(after, end)
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// page serves what a browser or a program reads: the live page, the events that
// it follows, and the totals.
type page struct {
	totals *totals
	feed   *feed
	// pause is the least time between two events on one connection, so that a
	// flood of visits does not become a flood of events.
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
	return guard(mux)
}

// guard sets the headers that keep a page of strangers' values harmless. A
// foreign Host means that another site's name was pointed at this machine to
// read visits through the browser: that is refused.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", pagePolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		if !localHost(r.Host) {
			http.Error(w, "open this page by its loopback address", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func localHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// update is one server-sent event: the totals and what came since the last one.
type update struct {
	Totals  summary `json:"totals"`
	Entries []entry `json:"entries"`
}

// events streams updates until the page is closed.
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
