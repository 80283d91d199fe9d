// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// The shop asks a second service what is in stock. Both send spans of one request, and
// the exporter counts it once: the stock's span has one of the shop's above it.

// stockService answers the shop. Its requests become spans, too.
func stockService(provider trace.TracerProvider) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /stock/{id}", answer(http.StatusOK, "application/json", `{"left":12}`, 7*time.Millisecond))
	return otelhttp.NewHandler(mux, "stock", otelhttp.WithTracerProvider(provider), otelhttp.WithPropagators(propagation.TraceContext{}))
}

// stock asks the service. The zero value asks nobody.
type stock struct {
	address string // host:port
	client  *http.Client
}

// newStock makes a client whose requests carry the trace on.
func newStock(address string, provider trace.TracerProvider) stock {
	transport := otelhttp.NewTransport(nil, otelhttp.WithTracerProvider(provider), otelhttp.WithPropagators(propagation.TraceContext{}))
	return stock{address, &http.Client{Transport: transport, Timeout: 5 * time.Second}}
}

// ask waits for the answer, which does not matter here.
func (s stock) ask(ctx context.Context, id string) {
	if s.client == nil {
		return
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/stock/"+id, http.NoBody) //nolint:gosec // a service of the demo
	if err != nil {
		return // the id is a segment of a path that was parsed
	}
	resp, err := s.client.Do(req) //nolint:gosec // as above
	if err != nil {
		return // the visitor may have left
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
}

// before asks the service before a page is served.
func (s stock) before(page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ask(r.Context(), r.PathValue("id"))
		page.ServeHTTP(w, r)
	})
}
