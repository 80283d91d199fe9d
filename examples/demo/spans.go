// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// The headers that visitors of visits want to see and that otelhttp does not
// record. Never list headers with credentials, such as cookie or authorization.
var (
	recordedRequestHeaders  = []string{"referer", "x-forwarded-for", "accept", "accept-language", "from", "signature-agent"}
	recordedResponseHeaders = []string{"content-type", "location"}
)

// newTracerProvider sends spans to the Collector's OTLP receiver over HTTP.
func newTracerProvider(ctx context.Context, otlpAddress string) (*sdktrace.TracerProvider, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpoint(otlpAddress), otlptracehttp.WithInsecure())
	if err != nil {
		return nil, fmt.Errorf("make the OTLP exporter: %w", err)
	}
	return sdktrace.NewTracerProvider(
		// Shorter than the default of 5 s, so that you see visits soon.
		sdktrace.WithBatcher(exporter, sdktrace.WithBatchTimeout(500*time.Millisecond)),
		// Every request: a visit whose span is not sampled is missing. The default
		// would let visitors decide with a traceparent header of theirs.
		sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "www"))),
	), nil
}

// instrumented is what you do to your own site: wrap its handler with otelhttp,
// and add what otelhttp leaves out.
func instrumented(handler http.Handler, provider trace.TracerProvider) http.Handler {
	return otelhttp.NewHandler(withVisitDetails(handler), "www", otelhttp.WithTracerProvider(provider))
}

// withVisitDetails adds to the server span what a visit should have and
// otelhttp never records: the query, which says where people came from
// (utm_source), and headers such as the referer. Without it visits arrive all
// the same, just with less to tell.
func withVisitDetails(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		span := trace.SpanFromContext(r.Context())
		if r.URL.RawQuery != "" {
			span.SetAttributes(attribute.String("url.query", r.URL.RawQuery))
		}
		span.SetAttributes(headerAttributes("http.request.header.", r.Header, recordedRequestHeaders)...)
		next.ServeHTTP(w, r)
		span.SetAttributes(headerAttributes("http.response.header.", w.Header(), recordedResponseHeaders)...)
	})
}

// headerAttributes are the named headers as the semantic conventions write
// them: the lower-case name in the key, all values in a list.
func headerAttributes(prefix string, header http.Header, names []string) []attribute.KeyValue {
	var attributes []attribute.KeyValue
	for _, name := range names {
		if values := header.Values(name); len(values) > 0 {
			attributes = append(attributes, attribute.StringSlice(prefix+strings.ToLower(name), values))
		}
	}
	return attributes
}
