// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEachFaultIsRefusedWithItsStatus(t *testing.T) {
	settings := Settings{AccessToken: "token-1", SiteID: testSite, APIKey: "key-1"}
	set := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = values }
	}
	path := func(path string) func(*http.Request) {
		return func(r *http.Request) {
			u, err := r.URL.Parse(path)
			require.NoError(t, err)
			r.URL = u
		}
	}
	site := func(id string) func(*http.Request) { return path(strings.Replace(scrunchPath, testSite, id, 1)) }
	for name, row := range map[string]struct {
		destination Destination
		change      func(*http.Request)
		status      int
	}{
		"known agents":                     {KnownAgents, func(*http.Request) {}, 200},
		"scrunch":                          {Scrunch, func(*http.Request) {}, 200},
		"charset":                          {KnownAgents, set("Content-Type", "application/json; charset=UTF-8"), 200},
		"identity":                         {Scrunch, set("Content-Encoding", "identity"), 200},
		"no token":                         {KnownAgents, set("Authorization"), 401},
		"other token":                      {KnownAgents, set("Authorization", "Bearer token-2"), 401},
		"no scheme":                        {KnownAgents, set("Authorization", "token-1"), 401},
		"basic scheme":                     {KnownAgents, set("Authorization", "Basic token-1"), 401},
		"blank token":                      {KnownAgents, set("Authorization", "Bearer "), 401},
		"two tokens":                       {KnownAgents, set("Authorization", "Bearer token-1", "Bearer token-1"), 401},
		"no key":                           {Scrunch, set("X-Api-Key"), 401},
		"other key":                        {Scrunch, set("X-Api-Key", "key-2"), 401},
		"two keys":                         {Scrunch, set("X-Api-Key", "key-1", "key-1"), 401},
		"other site":                       {Scrunch, site("01ARZ3NDEKTSV4RRFFQ69G5FAW"), 404},
		"site is not a ULID":               {Scrunch, site("example.com"), 404},
		"no site":                          {Scrunch, site(""), 404},
		"site over 128 bits":               {Scrunch, site("8" + testSite[1:]), 404},
		"site with U":                      {Scrunch, site("U" + testSite[1:]), 404},
		"trailing slash":                   {KnownAgents, path("/visits/"), 404},
		"query":                            {KnownAgents, path("/visits?a=b"), 404},
		"bare question mark":               {KnownAgents, path("/visits?"), 404},
		"no such path":                     {KnownAgents, path("/"), 404},
		"escaped path":                     {KnownAgents, path("/%76isits"), 404},
		"GET":                              {KnownAgents, func(r *http.Request) { r.Method = http.MethodGet }, 405},
		"PUT":                              {Scrunch, func(r *http.Request) { r.Method = http.MethodPut }, 405},
		"no content type":                  {KnownAgents, set("Content-Type"), 415},
		"two content types":                {KnownAgents, set("Content-Type", "application/json", "application/json"), 415},
		"NDJSON sent to the JSON API":      {KnownAgents, set("Content-Type", "application/x-ndjson"), 415},
		"JSON sent to the NDJSON API":      {Scrunch, set("Content-Type", "application/json"), 415},
		"other charset":                    {Scrunch, set("Content-Type", "application/x-ndjson; charset=latin1"), 415},
		"gzip":                             {KnownAgents, set("Content-Encoding", "gzip"), 415},
		"zstd":                             {Scrunch, set("Content-Encoding", "zstd"), 415},
		"path is checked before method":    {Scrunch, func(r *http.Request) { path("/nothing")(r); r.Method = http.MethodGet }, 404},
		"token is checked before encoding": {KnownAgents, func(r *http.Request) { set("Authorization")(r); set("Content-Encoding", "gzip")(r) }, 401},
	} {
		t.Run(name, func(t *testing.T) {
			api := New(settings)
			body := knownAgentsBody
			if row.destination == Scrunch {
				body = scrunchBody
			}
			r := valid(t, row.destination, "", body)
			row.change(r)
			got := serve(api, r)
			require.Equal(t, row.status, got.status, got.body)
			assert.Equal(t, "application/json", got.header.Get("Content-Type"))
			if row.status == http.StatusOK {
				assert.JSONEq(t, `{"accepted":1}`, got.body)
				assert.Len(t, api.Visits(row.destination), 1)
				return
			}
			assert.NotEmpty(t, got.reason(t))
			assert.NotContains(t, got.body, "-2", "the reason quotes no credential")
			assert.Empty(t, api.Visits(row.destination))
			assert.Equal(t, row.status == http.StatusMethodNotAllowed, got.header.Get("Allow") == http.MethodPost)
		})
	}
}

func TestZeroSettingsAcceptEveryWellFormedCredential(t *testing.T) {
	api := New(Settings{})
	r := valid(t, KnownAgents, "", knownAgentsBody)
	r.Header.Set("Authorization", "Bearer anything-else")
	assert.Equal(t, http.StatusOK, serve(api, r).status)

	for _, malformed := range []string{"Bearer a b", "Bearer \x00", "Bearer é", "Bearer  x"} {
		t.Run(malformed, func(t *testing.T) {
			r.Header.Set("Authorization", malformed)
			assert.Equal(t, http.StatusUnauthorized, serve(api, r).status)
		})
	}

	other := valid(t, Scrunch, "", scrunchBody)
	other.URL.Path = strings.Replace(scrunchPath, testSite, strings.ToLower(testSite), 1)
	other.Header.Set("X-Api-Key", "eyJh.eyJz.sig-_")
	assert.Equal(t, http.StatusOK, serve(api, other).status)
}

func TestABodyIsTakenUpToTheLimit(t *testing.T) {
	for _, destination := range []Destination{KnownAgents, Scrunch} {
		t.Run(string(destination), func(t *testing.T) {
			body := "[" + knownAgentsLine + "%]"
			if destination == Scrunch {
				// NDJSON allows no padding, so a long user agent fills the body.
				body = strings.Replace(scrunchBody, "ExampleBot", "ExampleBot%", 1)
			}
			fill := func(size int) string {
				pad := " "
				if destination == Scrunch {
					pad = "x"
				}
				return strings.Replace(body, "%", strings.Repeat(pad, size-len(body)+1), 1)
			}
			api := New(Settings{})
			assert.Equal(t, http.StatusOK, post(t, api, destination, fill(MaxBodyBytes)).status)
			got := post(t, api, destination, fill(MaxBodyBytes+1))
			assert.Equal(t, http.StatusRequestEntityTooLarge, got.status)
			assert.Equal(t, "the body has 1000001 bytes, the limit is 1000000", got.reason(t))
			assert.Equal(t, http.StatusRequestEntityTooLarge, post(t, api, destination, fill(3*MaxBodyBytes)).status)
			assert.Equal(t, 3*MaxBodyBytes, api.Requests(destination)[2].BodySize, "the record has the full size")
			assert.Len(t, api.Visits(destination), 1)
		})
	}
}

func TestARequestToAnUnknownPathIsRecordedAsUnknown(t *testing.T) {
	api := New(Settings{})
	r := valid(t, KnownAgents, "/base", knownAgentsBody)
	require.Equal(t, http.StatusNotFound, serve(api, r).status)
	requests := api.Requests(Unknown)
	require.Len(t, requests, 1)
	assert.Equal(t, "/base/visits", requests[0].Path)
	assert.Empty(t, api.Requests(KnownAgents))
}

func TestOtherServesOnlyReadsOfUnknownPaths(t *testing.T) {
	api := New(Settings{Other: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })})
	for path, status := range map[string]int{"/": http.StatusTeapot, "/visits": http.StatusMethodNotAllowed} {
		t.Run("GET "+path, func(t *testing.T) {
			assert.Equal(t, status, serve(api, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)).status)
		})
	}
	got := serve(api, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("x")))
	assert.Equal(t, http.StatusNotFound, got.status)
	assert.Len(t, api.Requests(Unknown), 1, "what Other serves is not recorded")
}
