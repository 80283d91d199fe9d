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

// These headers are useful in a visit, but otelhttp does not record them. Never list
// headers with credentials, such as cookie or authorization.
var (
	recordedRequestHeaders = []string{
		"referer", "x-forwarded-for", "accept", "accept-language", "from", "signature", "signature-input", "signature-agent", "dnt", "sec-gpc",
	}
	recordedResponseHeaders = []string{"content-type", "location"}
)

// newTracerProvider sends a service's spans to the Collector's OTLP receiver over HTTP.
func newTracerProvider(ctx context.Context, otlpAddress, service string) (*sdktrace.TracerProvider, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpoint(otlpAddress), otlptracehttp.WithInsecure())
	if err != nil {
		return nil, fmt.Errorf("create the OTLP exporter: %w", err)
	}
	return sdktrace.NewTracerProvider(
		// This is shorter than the default of 5 s, so that you see visits soon.
		sdktrace.WithBatcher(exporter, sdktrace.WithBatchTimeout(500*time.Millisecond)),
		// A visit without a sampled span is missing. The default sampler would let a
		// visitor decide by sending a traceparent header.
		sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
	), nil
}

// instrumented shows what to do for your own site: wrap its handler with otelhttp, and
// add what otelhttp leaves out.
func instrumented(handler http.Handler, provider trace.TracerProvider) http.Handler {
	return otelhttp.NewHandler(withVisitDetails(handler), "www", otelhttp.WithTracerProvider(provider))
}

// withVisitDetails adds to the server span what otelhttp does not record: the query, in
// which utm_source says where people came from, and headers such as the referer. Visits
// also arrive without these details.
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

// headerAttributes returns the named headers as in the semantic conventions: the
// lower-case name in the key, and a list of all values.
func headerAttributes(prefix string, header http.Header, names []string) []attribute.KeyValue {
	var attributes []attribute.KeyValue
	for _, name := range names {
		if values := header.Values(name); len(values) > 0 {
			attributes = append(attributes, attribute.StringSlice(prefix+strings.ToLower(name), values))
		}
	}
	return attributes
}
