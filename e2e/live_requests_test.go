// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// liveRequest is a row of live/requests.json: a request that the test sends to each real
// server byte for byte, and the website's answer. Each row has a different path.
type liveRequest struct {
	Name    string   `json:"name"`
	Method  string   `json:"method"`  // default: GET
	Target  string   `json:"target"`  // as in the request line
	Host    string   `json:"host"`    // default: www.example.com
	Headers []string `json:"headers"` // "Name: value"
	Body    string   `json:"body"`
	IPv6    bool     `json:"ipv6"` // over an IPv6 connection

	Status   int    `json:"status"`   // default: 200
	Type     string `json:"type"`     // Content-Type of the answer, default: HTML
	Location string `json:"location"` // of the answer

	// Query and Referer are what may leave, if that differs from what was sent.
	Query   *string `json:"query"`
	Referer *string `json:"referer"`
	// Skip is the reason for which the exporter skips the request, whatever the source.
	Skip string `json:"skip"`

	sent, answered time.Time
	received       http.Header // of the answer
}

const html = "text/html; charset=utf-8"

// credentialMark starts every credential in live/requests.json. No credential may leave.
const credentialMark = "SECRET-"

// liveRequests reads live/requests.json.
func liveRequests(t *testing.T) []*liveRequest {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("live", "requests.json"))
	require.NoError(t, err)
	var rows []json.RawMessage
	require.NoError(t, json.Unmarshal(text, &rows))
	requests := make([]*liveRequest, len(rows))
	paths := map[string]bool{}
	for i, row := range rows {
		r := &liveRequest{Method: http.MethodGet, Host: "www.example.com", Status: http.StatusOK, Type: html}
		require.NoError(t, json.Unmarshal(row, r))
		require.False(t, paths[r.path()], "%s: another request has this path", r.Name)
		paths[r.path()] = true
		requests[i] = r
	}
	return requests
}

func (r *liveRequest) path() string {
	path, _, _ := strings.Cut(r.Target, "?")
	return path
}

// query is the query that may leave.
func (r *liveRequest) query() string {
	if r.Query != nil {
		return *r.Query
	}
	_, query, _ := strings.Cut(r.Target, "?")
	return query
}

// header is the value of a request header, or "".
func (r *liveRequest) header(name string) string {
	for _, line := range r.Headers {
		if key, value, _ := strings.Cut(line, ": "); strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// hostName is the visit's host, without the port. The exporter ignores server.port of
// spans, because it is often the port of an internal server.
func (r *liveRequest) hostName() string {
	name, _, _ := strings.Cut(strings.ToLower(r.Host), ":")
	return name
}

// captured returns the named request headers as they may leave.
func (r *liveRequest) captured(names ...string) map[string]string {
	headers := map[string]string{}
	for _, name := range names {
		headers[name] = r.header(name)
	}
	if headers["referer"] != "" {
		headers["referer"] = r.referer()
	}
	return headers
}

// answer returns the named response headers that the client received.
func (r *liveRequest) answer(names ...string) map[string]string {
	headers := map[string]string{}
	for _, name := range names {
		if value := r.received.Get(name); value != "" {
			headers[name] = value
		}
	}
	return headers
}

// referer is the referer that may leave.
func (r *liveRequest) referer() string {
	if r.Referer != nil {
		return *r.Referer
	}
	return r.header("Referer")
}

// peer is the address of the client's connection.
func (r *liveRequest) peer() string {
	if r.IPv6 {
		return "::1"
	}
	return "127.0.0.1"
}

// send sends the request to a port of this machine over a new connection, and waits for
// the whole answer.
func (r *liveRequest) send(t *testing.T, port string) {
	t.Helper()
	lines := append([]string{r.Method + " " + r.Target + " HTTP/1.1", "Host: " + r.Host, "Connection: close"}, r.Headers...)
	if r.Body != "" {
		lines = append(lines, "Content-Length: "+strconv.Itoa(len(r.Body)))
	}
	text := strings.Join(lines, "\r\n") + "\r\n\r\n" + r.Body

	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", net.JoinHostPort(r.peer(), port))
	require.NoError(t, err)
	defer func() { _ = connection.Close() }()
	require.NoError(t, connection.SetDeadline(time.Now().Add(10*time.Second)))
	r.sent = time.Now()
	_, err = io.WriteString(connection, text)
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: r.Method})
	require.NoError(t, err, r.Name)
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err, r.Name)
	require.NoError(t, answer.Body.Close())
	r.answered, r.received = time.Now(), answer.Header
	require.Equal(t, r.Status, answer.StatusCode, r.Name)
}

// newWebsite returns a website that answers as live/requests.json says. The tests run it
// behind servers that are only proxies.
func newWebsite(requests []*liveRequest) http.Handler {
	answers := map[string]*liveRequest{}
	for _, r := range requests {
		answers[r.Method+" "+r.Target] = r
	}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r, known := answers[q.Method+" "+q.RequestURI]
		if !known {
			http.NotFound(w, q)
			return
		}
		if r.Location != "" {
			w.Header().Set("Location", r.Location)
		}
		if r.Type == "" {
			w.WriteHeader(r.Status)
			return
		}
		w.Header().Set("Content-Type", r.Type)
		w.WriteHeader(r.Status)
		_, _ = io.WriteString(w, "<!doctype html><title>Llamas</title>\n")
	})
}
