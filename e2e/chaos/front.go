// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// front is the HTTP server before the stand-in API. It can answer in ways that
// the stand-in does not know.
type front struct {
	listener net.Listener
	server   *http.Server
	mu       sync.Mutex
	disturb  disturbance
}

// disturbance answers a request, by itself or with the API's help.
type disturbance func(w http.ResponseWriter, r *http.Request, api http.Handler)

func newFront(api http.Handler) (*front, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &front{listener: listener}
	f.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		disturb := f.disturb
		f.mu.Unlock()
		if disturb == nil {
			api.ServeHTTP(w, r)
			return
		}
		disturb(w, r, api)
	})}
	go func() { _ = f.server.Serve(listener) }() // ends at close
	return f, nil
}

func (f *front) address() string { return f.listener.Addr().String() }

// do makes the front disturb; nil makes it stop.
func (f *front) do(d disturbance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.disturb = d
}

func (f *front) close() { _ = f.server.Close() }
