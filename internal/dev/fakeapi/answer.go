// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
)

// answer is the outcome of a request: what is stored and what the client gets.
type answer struct {
	status int // 0 if the client gets no answer
	reason string
	stored []Visit
	header http.Header
	body   string // replaces the default JSON
	reset  bool   // end the connection without an answer
}

// answer combines the step with the result of the checks: the visits, or the fault.
// A step that stores visits cannot hide a fault.
func (s Step) answer(visits []Visit, fault error) answer {
	a := answer{status: http.StatusOK, stored: visits, header: http.Header{}, body: s.Body}
	scripted := s.Status != 0 || s.Reset
	stores := !scripted || s.Store || (s.Status >= 200 && s.Status <= 299)
	if fault != nil && stores {
		return refusalAnswer(fault)
	}
	maps.Copy(a.header, s.Header)
	if s.RetryAfter != "" {
		a.header.Set("Retry-After", s.RetryAfter)
	}
	if !stores {
		a.stored = nil
	}
	if scripted {
		a.status, a.reset = s.Status, s.Reset
	}
	switch {
	case s.Reset:
		a.status, a.reason = 0, "scripted: connection reset"
	case a.status < 200 || a.status > 299:
		a.reason = fmt.Sprintf("scripted: %d %s", a.status, http.StatusText(a.status))
	}
	return a
}

// refusalAnswer is the answer to a request that failed a check.
func refusalAnswer(fault error) answer {
	a := answer{status: http.StatusInternalServerError, reason: fault.Error(), header: http.Header{}}
	var r refusal
	if errors.As(fault, &r) {
		a.status = r.status
	}
	if a.status == http.StatusMethodNotAllowed {
		a.header.Set("Allow", http.MethodPost)
	}
	return a
}

// write sends the answer, or resets the connection.
func (a answer) write(w http.ResponseWriter) {
	if a.reset {
		reset(w)
	}
	maps.Copy(w.Header(), a.header)
	if a.body == "" && w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.status)
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		return // these statuses have no body
	}
	_, _ = w.Write(a.content()) // the client may have left
}

// content is the answer's body: the one from the script, else {"accepted":n} or
// {"error":reason}.
func (a answer) content() []byte {
	if a.body != "" {
		return []byte(a.body)
	}
	content := map[string]any{"accepted": len(a.stored)}
	if a.reason != "" {
		content = map[string]any{"error": a.reason}
	}
	encoded, err := json.Marshal(content)
	if err != nil {
		panic(err) // a string and an int always encode
	}
	return append(encoded, '\n')
}

// reset ends the connection with a TCP reset and does not return. If the connection
// cannot be hijacked (HTTP/2), reset only aborts the handler.
func reset(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
	panic(http.ErrAbortHandler)
}
