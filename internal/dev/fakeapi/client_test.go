// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	testSite        = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
	scrunchPath     = "/v1/sites/" + testSite + "/platforms/custom/web-traffic"
	knownAgentsBody = `[` + knownAgentsLine + `]`
	scrunchBody     = scrunchLine + "\n"

	knownAgentsLine = `{"request_path":"/guides/llamas?utm_source=chatgpt.com","request_method":"GET",` +
		`"request_headers":{"user-agent":"ExampleBot/1.0","x-forwarded-for":"192.0.2.10"},` +
		`"response_status_code":200,"response_headers":{"content-type":"text/html"},` +
		`"response_duration_in_milliseconds":38,"created":"2026-05-04T09:15:02.120Z"}`
	scrunchLine = `{"domain":"example.com","user_agent":"ExampleBot/1.0","url":"https://example.com/guides/llamas?q=1",` +
		`"path":"/guides/llamas","method":"GET","status_code":200,"timestamp":1777886102.12,"response_time":38,"ip":"192.0.2.10"}`
)

// listen starts an API and closes it after the test.
func listen(t *testing.T, settings Settings) *Server {
	t.Helper()
	s, err := Listen("127.0.0.1:0", settings)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// valid returns a request that the destination accepts.
func valid(t *testing.T, destination Destination, url, body string) *http.Request {
	t.Helper()
	path, contentType, key, value := "/visits", "application/json", "Authorization", "Bearer token-1"
	if destination == Scrunch {
		path, contentType, key, value = scrunchPath, "application/x-ndjson", "X-Api-Key", "key-1"
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", contentType)
	r.Header.Set(key, value)
	return r
}

// response is an answer as the client reads it.
type response struct {
	status int
	header http.Header
	body   string
}

// reason is the error in the answer's JSON.
func (a response) reason(t *testing.T) string {
	t.Helper()
	var content struct{ Error string }
	require.NoError(t, json.Unmarshal([]byte(a.body), &content), a.body)
	return content.Error
}

func do(r *http.Request) (response, error) {
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return response{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, string(body)}, err
}

// post sends a body to an API without the network.
func post(t *testing.T, api *API, destination Destination, body string) response {
	t.Helper()
	return serve(api, valid(t, destination, "", body))
}

func serve(api *API, r *http.Request) response {
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return response{w.Code, w.Header(), w.Body.String()}
}

// edit is one change to a valid visit: it sets a field to raw JSON, or removes it if
// json is empty.
type edit struct{ field, json string }

func edited(t *testing.T, visit string, edits ...edit) string {
	t.Helper()
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(visit), &fields))
	for _, e := range edits {
		if e.json == "" {
			delete(fields, e.field)
			continue
		}
		fields[e.field] = json.RawMessage(e.json)
	}
	encoded, err := json.Marshal(fields)
	require.NoError(t, err)
	return string(encoded)
}

// rule is a row of a schema table: a change to a valid visit, and the fault that it
// causes, or "" if the visit stays valid.
type rule struct {
	field, json string
	fault       string
}

// checkRules tests each change on the second visit of a body of two.
func checkRules(t *testing.T, destination Destination, rules []rule) {
	t.Helper()
	for _, rule := range rules {
		t.Run(fmt.Sprintf("%s=%.60s", rule.field, rule.json), func(t *testing.T) {
			api := New(Settings{})
			body := "[" + knownAgentsLine + "," + edited(t, knownAgentsLine, edit{rule.field, rule.json}) + "]"
			if destination == Scrunch {
				body = scrunchBody + edited(t, scrunchLine, edit{rule.field, rule.json}) + "\n"
			}
			got := post(t, api, destination, body)
			if rule.fault == "" {
				require.Equal(t, http.StatusOK, got.status, got.body)
				require.Len(t, api.Visits(destination), 2)
				return
			}
			require.Equal(t, http.StatusUnprocessableEntity, got.status, got.body)
			require.Equal(t, "visit[1]: "+rule.fault, got.reason(t))
			require.Empty(t, api.Visits(destination), "no visit of a refused body is stored")
		})
	}
}
