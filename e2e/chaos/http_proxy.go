// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// httpProxy is an HTTP server in front of the stand-in for the API. It can give answers
// that the stand-in cannot.
type httpProxy struct {
	listener    net.Listener
	server      *http.Server
	mu          sync.Mutex
	disturbance disturbance
}

// disturbance answers a request, with or without the API.
type disturbance func(w http.ResponseWriter, r *http.Request, api http.Handler)

func newHTTPProxy(api http.Handler) (*httpProxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &httpProxy{listener: listener}
	p.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		disturb := p.disturbance
		p.mu.Unlock()
		if disturb == nil {
			api.ServeHTTP(w, r)
			return
		}
		disturb(w, r, api)
	})}
	go func() { _ = p.server.Serve(listener) }() // returns after close
	return p, nil
}

func (p *httpProxy) address() string { return p.listener.Addr().String() }

// disturb answers all further requests with d. If d is nil, the API answers again.
func (p *httpProxy) disturb(d disturbance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.disturbance = d
}

func (p *httpProxy) close() { _ = p.server.Close() }
