// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// accessLog writes one line per request in the "combined" format of Apache and
// nginx, as they do with their default configuration.
type accessLog struct {
	mu  sync.Mutex
	out io.Writer
	now func() time.Time // when a request arrived
}

// logged is a site that knows nothing of OpenTelemetry: it serves and writes
// its access log.
func (l *accessLog) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := l.now()
		served := &servedResponse{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(served, r)
		l.write(combined(r, start, served.status, served.bytes))
	})
}

// write adds a line as a whole. A log that cannot be written is no reason to
// fail the request; the demo's summary shows what is missing.
func (l *accessLog) write(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.out, line)
}

// combined is the line for one request:
//
//	address - user [time] "request line" status bytes "referer" "user agent"
func combined(r *http.Request, start time.Time, status int, bytes int64) string {
	return fmt.Sprintf("%s - - [%s] \"%s %s %s\" %d %d \"%s\" \"%s\"\n",
		clientAddress(r), start.Format("02/Jan/2006:15:04:05 -0700"),
		escaped(r.Method), escaped(r.RequestURI), r.Proto, status, bytes,
		orDash(escaped(r.Referer())), orDash(escaped(r.UserAgent())))
}

// clientAddress is the visitor's, not the proxy's: servers behind a proxy are
// set up so (nginx: real_ip_header, Apache: mod_remoteip).
func clientAddress(r *http.Request) string {
	if first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-For"), ","); net.ParseIP(strings.TrimSpace(first)) != nil {
		return strings.TrimSpace(first)
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return "-"
}

// escaped is text as nginx writes it: quotes, backslashes and what is not
// printable ASCII as \xHH, so that no visitor can forge a line.
func escaped(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			fmt.Fprintf(&b, `\x%02X`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// orDash is how the format writes nothing.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// servedResponse notes the status and size of a response.
type servedResponse struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (s *servedResponse) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

func (s *servedResponse) Write(p []byte) (int, error) {
	n, err := s.ResponseWriter.Write(p)
	s.bytes += int64(n)
	return n, err
}
