// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

func TestTheShopAndItsStockSendSpansOfOneTrace(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	behind := httptest.NewServer(stockService(provider))
	defer behind.Close()
	shop := instrumented(wwwSite(newStock(behind.Listener.Addr().String(), provider)), provider)
	shop.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/products/7", http.NoBody))
	spans := recorder.Ended()
	served, traces := 0, map[trace.TraceID]bool{}
	for _, span := range spans {
		traces[span.SpanContext().TraceID()] = true
		if span.SpanKind() == trace.SpanKindServer {
			served++
		}
	}
	if served != 2 || len(spans) != 3 || len(traces) != 1 {
		t.Errorf("%d server spans of %d spans in %d traces, want 2 of 3 in 1", served, len(spans), len(traces))
	}
}
