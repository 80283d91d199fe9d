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
	refuses           // connections
	hangs             // and never answers
)

// sink stands in for every API that is delivered to: it reads a body, counts
// what it holds, and answers 200 with as little as the contender takes for
// success: mostly nothing.
type sink struct {
	url       string
	behaviour behaviour
	mark      []byte       // stands once in each item
	arrived   atomic.Int64 // items
	received  atomic.Int64 // bytes of bodies, counted before their items
	buffers   sync.Pool
	server    *http.Server
}

// newSink opens a sink on a port of its own. What it counts are occurrences of
// the mark; without one it counts nothing.
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
	go func() { _ = s.server.Serve(listener) }() // ends with close
	return s, nil
}

func (s *sink) close() { _ = s.server.Close() }

// ServeHTTP takes a body.
func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := s.buffers.Get().(*bytes.Buffer)
	defer s.buffers.Put(body)
	body.Reset()
	if _, err := body.ReadFrom(r.Body); err != nil {
		panic(http.ErrAbortHandler) // what came in part is not counted
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

// noneFailed is Elasticsearch's answer without a word about each document. A real
// one is longer, and costs its reader more.
const noneFailed = `{"items":[]}`
