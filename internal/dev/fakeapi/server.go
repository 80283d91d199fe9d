// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Server is an API with a listener on a loopback address.
type Server struct {
	*API

	listener    net.Listener
	server      *http.Server
	connections sync.WaitGroup
	served      chan struct{} // closed when Serve has returned
}

// Listen starts an API on a loopback address, such as 127.0.0.1:0 for a free port. It
// refuses other addresses, because visits hold personal data and the server has no TLS.
func Listen(address string, settings Settings) (*Server, error) {
	if err := checkLoopback(address); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	s := &Server{API: New(settings), listener: listener, served: make(chan struct{})}
	s.server = &http.Server{Handler: s.API, ConnState: s.track, ReadHeaderTimeout: time.Minute}
	go func() {
		defer close(s.served)
		_ = s.server.Serve(listener) // ends with ErrServerClosed
	}()
	return s, nil
}

// checkLoopback accepts only addresses that other machines cannot reach.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("listen address %q: %w; use 127.0.0.1:0 for a free port", address, err)
	}
	if ip, err := netip.ParseAddr(host); host == "localhost" || err == nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("listen address %q is not a loopback address: use 127.0.0.1, [::1] or localhost", address)
}

// track counts the open connections, so that Close can wait for their handlers.
func (s *Server) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.connections.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.connections.Done()
	}
}

// URL is the base URL of both APIs, without a trailing slash. It is a value for the
// exporter's endpoint.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close stops listening, closes every connection, also those that hang, and returns
// when all handlers have ended. The records stay readable.
func (s *Server) Close() error {
	err := s.server.Close()
	<-s.served
	s.connections.Wait()
	return err
}
