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

// accessLog writes a line for each request in the combined format, which is the
// default of nginx, and of Apache as Debian and Fedora configure it.
type accessLog struct {
	mu  sync.Mutex
	out io.Writer
	now func() time.Time // the time of arrival
}

// wrap returns a site that writes an access log and does not use OpenTelemetry.
func (l *accessLog) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := l.now()
		served := &responseRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(served, r)
		l.write(combinedLine(r, start, served.status, served.bytes))
	})
}

// write appends a whole line. It ignores errors, because a request must not fail if
// the log cannot be written. The demo's summary shows the missing visits.
func (l *accessLog) write(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.out, line)
}

// combinedLine is the line for a request:
//
//	address - user [time] "request line" status bytes "referer" "user agent"
func combinedLine(r *http.Request, start time.Time, status int, bytes int64) string {
	return fmt.Sprintf("%s - - [%s] \"%s %s %s\" %d %d \"%s\" \"%s\"\n",
		clientAddress(r), start.Format("02/Jan/2006:15:04:05 -0700"),
		escape(r.Method), escape(r.RequestURI), r.Proto, status, bytes,
		orDash(escape(r.Referer())), orDash(escape(r.UserAgent())))
}

// clientAddress is the address of the visitor, not of the proxy. Real servers behind a
// proxy are configured to log it (nginx: real_ip_header, Apache: mod_remoteip).
func clientAddress(r *http.Request) string {
	if first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-For"), ","); net.ParseIP(strings.TrimSpace(first)) != nil {
		return strings.TrimSpace(first)
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return "-"
}

// escape writes quotes, backslashes and everything except printable ASCII as \xHH, as
// nginx does, so that no visitor can forge a line.
func escape(text string) string {
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

// orDash returns "-", the format's mark of absence, for an empty text.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// responseRecorder records the status and size of a response.
type responseRecorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *responseRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *responseRecorder) Write(p []byte) (int, error) {
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}
