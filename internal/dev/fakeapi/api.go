// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

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
	// Unknown is the destination of a request to a path that neither API has.
	Unknown Destination = ""
)

// MaxBodyBytes is the largest body that both APIs take. A larger one gets status 413.
// Scrunch documents a limit of about 1 MB, uncompressed. Known Agents documents none,
// so the exporter's own limit applies.
const MaxBodyBytes = 1_000_000

// Settings configure an API. The zero value accepts every well-formed credential and
// keeps everything in memory.
type Settings struct {
	// AccessToken is the only Known Agents token that is accepted. If it is empty,
	// every well-formed token is.
	AccessToken string
	// SiteID is the only Scrunch site that exists. If it is empty, every ULID does.
	SiteID string
	// APIKey is the only Scrunch key that is accepted. If it is empty, every
	// well-formed key is.
	APIKey string
	// Sites names the sites that exist, by their credentials. If it has any, the three
	// settings above do not count. A site may have several credentials.
	Sites map[Credentials]string

	// CountsOnly discards requests and visits after the callbacks, for a process that
	// runs indefinitely. Requests and Visits stay empty; Counts works.
	CountsOnly bool

	// OnVisit is called for each stored visit of a request. Then OnRequest is called
	// for the request, whether it was accepted or refused. The calls never overlap,
	// come in the order of storage, and return before the client gets its answer.
	// They may call the API's methods.
	OnVisit   func(Visit)
	OnRequest func(Request)

	// Other serves GET and HEAD on paths that neither API has. If it is nil, these
	// get status 404.
	Other http.Handler
}

// Credentials are what a site is known by.
type Credentials struct {
	AccessToken    string // of Known Agents
	SiteID, APIKey string // of Scrunch
}

// API is an http.Handler that stands in for both APIs. Safe for concurrent use.
type API struct {
	settings Settings
	scripts  scripts
	records  records
}

// New returns an API without scripts or records.
func New(settings Settings) *API {
	return &API{settings: settings, records: newRecords(settings)}
}

// vendor holds what differs between the two APIs.
type vendor struct {
	contentType string
	// authorize returns the name of the site in Settings.Sites, or a refusal: 401, or 404
	// for an unknown site.
	authorize func(Settings, *http.Request) (site string, err error)
	// decode returns the visits in a body, or the first fault.
	decode func(body []byte) ([]Visit, error)
}

var vendors = map[Destination]vendor{
	KnownAgents: {contentType: "application/json", authorize: authorizeKnownAgents, decode: decodeKnownAgents},
	Scrunch:     {contentType: "application/x-ndjson", authorize: authorizeScrunch, decode: decodeScrunch},
}

// refusal is the fault for which a request is refused.
type refusal struct {
	status int
	reason string
}

func (r refusal) Error() string { return r.reason }

func refuse(status int, format string, args ...any) error {
	return refusal{status: status, reason: fmt.Sprintf(format, args...)}
}

// ServeHTTP answers with the next scripted step if there is one, else according to
// the checks.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	destination := route(r)
	if destination == Unknown && a.settings.Other != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		a.settings.Other.ServeHTTP(w, r)
		return
	}
	body, size, err := readBody(r.Body)
	if err != nil {
		return // the client left in the middle of the body, so there is nothing to record
	}
	visits, site, fault := a.check(destination, r, body, size)
	request := a.records.addRequest(Request{
		Time: time.Now(), Destination: destination, Method: r.Method, Path: r.URL.RequestURI(),
		Header: r.Header.Clone(), BodySize: size, Visits: len(visits),
		Site: site,
	})
	step := a.scripts.step(destination, visits)
	if !step.wait(r.Context()) {
		a.records.addAnswer(request, answer{reason: "the client left before the answer"})
		return
	}
	answer := step.answer(visits, fault)
	a.records.addAnswer(request, answer)
	answer.write(w)
}

// check makes all checks, cheapest first, and returns the visits or the first fault, and
// the name of the site.
func (a *API) check(destination Destination, r *http.Request, body []byte, size int) (visits []Visit, site string, err error) {
	v, ok := vendors[destination]
	if !ok {
		return nil, "", refuse(http.StatusNotFound, "neither API has this path: POST to /visits, or to /v1/sites/{site_id}/platforms/custom/web-traffic")
	}
	if r.Method != http.MethodPost {
		return nil, "", refuse(http.StatusMethodNotAllowed, "the method must be POST")
	}
	if site, err = v.authorize(a.settings, r); err != nil {
		return nil, "", err
	}
	if err := checkContent(r.Header, v.contentType); err != nil {
		return nil, site, err
	}
	if size > MaxBodyBytes {
		return nil, site, refuse(http.StatusRequestEntityTooLarge, "the body has %d bytes, the limit is %d", size, MaxBodyBytes)
	}
	if visits, err = v.decode(body); err != nil {
		return nil, site, refuse(http.StatusUnprocessableEntity, "%s", err)
	}
	for i := range visits {
		visits[i].Site = site
	}
	if i := a.scripts.firstRejected(destination, visits); i >= 0 {
		return nil, site, refuse(http.StatusUnprocessableEntity, "visit[%d]: rejected by the script", i)
	}
	return visits, site, nil
}

// route returns the API whose path was requested. Neither API has a query.
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

// scrunchSite returns the site id in a path of the Scrunch API, or "".
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

// checkContent refuses every media type except the documented one, and every
// compression, because neither vendor documents any.
func checkContent(header http.Header, contentType string) error {
	values := header.Values("Content-Type")
	if len(values) != 1 {
		return refuse(http.StatusUnsupportedMediaType, "there must be one Content-Type: %s", contentType)
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

// credential returns the value of a header, or "" if the header is missing or repeated.
func credential(header http.Header, name string) string {
	values := header.Values(name)
	if len(values) != 1 {
		return ""
	}
	return values[0]
}

// wellFormed reports whether a secret is a non-empty text of visible ASCII characters.
func wellFormed(secret string) bool {
	for _, c := range []byte(secret) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return secret != ""
}
