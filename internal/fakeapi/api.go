// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package fakeapi is a stand-in for the two APIs that take visits, Known Agents
// and Scrunch. It is stricter than the vendors promise to be: whatever their
// documents state is checked, and everything else is refused, so that a body
// which passes here has no reason to be refused there.
//
// It serves tests, which script its answers and read the visits it was given,
// and the preview program. It talks to nobody and writes nothing to disk.
package fakeapi

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"
)

// Destination names one of the two APIs, in the words of the exporter's configuration.
type Destination string

const (
	// KnownAgents is the API at POST /visits.
	KnownAgents Destination = "known_agents"
	// Scrunch is the API at POST /v1/sites/{site_id}/platforms/custom/web-traffic.
	Scrunch Destination = "scrunch"
	// Unknown stands for requests to a path that neither API has.
	Unknown Destination = ""
)

// MaxBodyBytes is the largest body that is taken; a larger one is answered 413.
// Scrunch documents about 1 MB, uncompressed. Known Agents documents no limit:
// there it is the bound that the exporter sets itself.
const MaxBodyBytes = 1_000_000

// Settings say what the API accepts and whom it tells. The zero value accepts
// every well-formed credential and keeps everything in memory.
type Settings struct {
	// AccessToken is the only Known Agents token accepted; empty accepts any
	// well-formed one.
	AccessToken string
	// SiteID is the only Scrunch site that exists; empty accepts any ULID.
	SiteID string
	// APIKey is the only Scrunch key accepted; empty accepts any well-formed one.
	APIKey string

	// CountsOnly forgets requests and visits once the callbacks have seen them,
	// for a process without end: Requests and Visits stay empty, Counts works.
	CountsOnly bool

	// OnVisit is called for each stored visit, OnRequest after that for its
	// request, stored or refused. Calls come one at a time, in order of storage,
	// before the answer is written. They may call the API's methods.
	OnVisit   func(Visit)
	OnRequest func(Request)

	// Other serves GET and HEAD on paths that neither API has; nil answers 404.
	Other http.Handler
}

// API is the http.Handler that stands in for both vendors. Safe for concurrent use.
type API struct {
	settings Settings
	scripts  scripts
	records  records
}

// New makes an API without scripts or records.
func New(settings Settings) *API {
	return &API{settings: settings, records: newRecords(settings)}
}

// vendor is what differs between the two APIs.
type vendor struct {
	contentType string
	// authorize returns a refusal (401, or 404 for a foreign site), or nil.
	authorize func(Settings, *http.Request) error
	// decode returns the body's visits, or the first fault as an error.
	decode func(body []byte) ([]Visit, error)
}

var vendors = map[Destination]vendor{
	KnownAgents: {contentType: "application/json", authorize: authorizeKnownAgents, decode: decodeKnownAgents},
	Scrunch:     {contentType: "application/x-ndjson", authorize: authorizeScrunch, decode: decodeScrunch},
}

// refusal is an answer that is no success: a status and the reason in words.
type refusal struct {
	status int
	reason string
}

func (r refusal) Error() string { return r.reason }

func refuse(status int, format string, args ...any) error {
	return refusal{status: status, reason: fmt.Sprintf(format, args...)}
}

// ServeHTTP answers by the script while one is left, else by the checks.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	destination := route(r)
	if destination == Unknown && a.settings.Other != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		a.settings.Other.ServeHTTP(w, r)
		return
	}
	body, size, err := readBody(r.Body)
	if err != nil {
		return // the client went away in mid-body: nothing arrived, nobody listens
	}
	visits, fault := a.inspect(destination, r, body, size)
	request := a.records.arrive(Request{
		Time: time.Now(), Destination: destination, Method: r.Method, Path: r.URL.RequestURI(),
		Header: r.Header.Clone(), BodySize: size, Visits: len(visits),
	})
	step := a.scripts.next(destination)
	if !step.wait(r.Context()) {
		a.records.settle(request, answer{reason: "the client went away before the answer"})
		return
	}
	answer := step.answer(visits, fault)
	a.records.settle(request, answer)
	answer.write(w)
}

// inspect makes every check, cheapest first, and decodes the visits. The visits
// are nil when anything is wrong.
func (a *API) inspect(destination Destination, r *http.Request, body []byte, size int) ([]Visit, error) {
	v, ok := vendors[destination]
	if !ok {
		return nil, refuse(http.StatusNotFound, "no API has this path: POST to /visits, or to /v1/sites/{site_id}/platforms/custom/web-traffic")
	}
	if r.Method != http.MethodPost {
		return nil, refuse(http.StatusMethodNotAllowed, "the method must be POST")
	}
	if err := v.authorize(a.settings, r); err != nil {
		return nil, err
	}
	if err := checkContent(r.Header, v.contentType); err != nil {
		return nil, err
	}
	if size > MaxBodyBytes {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body has %d bytes: at most %d are taken", size, MaxBodyBytes)
	}
	visits, err := v.decode(body)
	if err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, "%s", err)
	}
	if i := a.scripts.rejected(destination, visits); i >= 0 {
		return nil, refuse(http.StatusUnprocessableEntity, "visit[%d]: rejected by the script", i)
	}
	return visits, nil
}

// route tells whose path was asked for. A query belongs to neither API.
func route(r *http.Request) Destination {
	path := r.URL.EscapedPath()
	switch {
	case r.URL.RawQuery != "" || r.URL.ForceQuery:
		return Unknown
	case path == "/visits":
		return KnownAgents
	case scrunchSite(path) != "":
		return Scrunch
	default:
		return Unknown
	}
}

// scrunchSite returns the site id in a path of the Scrunch API, "" on other paths.
func scrunchSite(path string) string {
	rest, ok := strings.CutPrefix(path, "/v1/sites/")
	if !ok {
		return ""
	}
	site, ok := strings.CutSuffix(rest, "/platforms/custom/web-traffic")
	if !ok || strings.Contains(site, "/") {
		return ""
	}
	return site
}

// checkContent refuses other media types than the documented one and every
// compression, since neither vendor documents any.
func checkContent(header http.Header, contentType string) error {
	values := header.Values("Content-Type")
	if len(values) != 1 {
		return refuse(http.StatusUnsupportedMediaType, "one Content-Type is needed: %s", contentType)
	}
	media, params, err := mime.ParseMediaType(values[0])
	if err != nil || media != contentType {
		return refuse(http.StatusUnsupportedMediaType, "the Content-Type must be %s", contentType)
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return refuse(http.StatusUnsupportedMediaType, "the charset must be utf-8")
	}
	for _, encoding := range header.Values("Content-Encoding") {
		if encoding != "" && !strings.EqualFold(encoding, "identity") {
			return refuse(http.StatusUnsupportedMediaType, "the body must not be compressed: this API documents no Content-Encoding")
		}
	}
	return nil
}

// credential returns the only value of a header, or "" when it is missing,
// repeated, or holds anything but visible ASCII characters.
func credential(header http.Header, name string) string {
	values := header.Values(name)
	if len(values) != 1 {
		return ""
	}
	return values[0]
}

// wellFormed reports whether a secret is not empty and visible ASCII throughout.
func wellFormed(secret string) bool {
	for _, c := range []byte(secret) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return secret != ""
}
