// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// behaviour is how an API answers.
type behaviour int

const (
	accepts behaviour = iota
	refuses           // refuses connections
	hangs             // never answers
)

// sink stands in for the APIs of all contenders. It reads a body, counts its items, and
// answers 200 with the shortest body that the contender takes for success.
type sink struct {
	url       string
	behaviour behaviour
	mark      []byte       // occurs once in each item
	arrived   atomic.Int64 // items
	received  atomic.Int64 // bytes of the bodies; updated before arrived
	buffers   sync.Pool
	server    *http.Server
}

// newSink opens a sink on a free port. The sink counts the occurrences of the mark. If
// the mark is empty, it counts nothing.
func newSink(b behaviour, mark string) (*sink, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{url: "http://" + listener.Addr().String(), behaviour: b, mark: []byte(mark)}
	s.buffers.New = func() any { return new(bytes.Buffer) }
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	if b == refuses {
		return s, listener.Close()
	}
	go func() { _ = s.server.Serve(listener) }() // returns after close
	return s, nil
}

func (s *sink) close() { _ = s.server.Close() }

// ServeHTTP counts a body and answers.
func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := s.buffers.Get().(*bytes.Buffer)
	defer s.buffers.Put(body)
	body.Reset()
	if _, err := body.ReadFrom(r.Body); err != nil {
		panic(http.ErrAbortHandler) // a partial body does not count
	}
	if s.behaviour == hangs {
		<-r.Context().Done()
		return
	}
	s.received.Add(int64(body.Len()))
	if len(s.mark) > 0 {
		s.arrived.Add(int64(bytes.Count(body.Bytes(), s.mark)))
	}
	if r.URL.Path == "/_bulk" {
		_, _ = io.WriteString(w, noneFailed)
	}
}

// noneFailed is an answer of Elasticsearch without the results of the single documents. A
// real answer is longer and costs the exporter more.
const noneFailed = `{"items":[]}`
