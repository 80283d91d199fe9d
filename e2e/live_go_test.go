// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func TestLiveGoWithOtelhttp(t *testing.T) {
	l := newLive(t)
	l.checkOtelhttp(newWebsite(l.requests), observeOtelhttp)
}

func TestLiveGoWithTheHandlerOfTheDocumentation(t *testing.T) {
	l := newLive(t)
	l.checkOtelhttp(withVisitDetails(newWebsite(l.requests)), func(r *liveRequest, o *observation) {
		query := o.query
		observeOtelhttp(r, o)
		o.query = query
		o.headers = r.captured("referer", "x-forwarded-for", "from", "accept", "signature", "signature-input", "signature-agent", "dnt")
		o.response = r.answer("content-type")
		if client := namedClient(r); client != "" && o.headers["x-forwarded-for"] != "" {
			o.client = client
		}
	})
}

// withVisitDetails is a copy of the function in docs/headers.md.
func withVisitDetails(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		span := trace.SpanFromContext(r.Context())
		if r.URL.RawQuery != "" {
			span.SetAttributes(attribute.String("url.query", r.URL.RawQuery))
		}
		for _, name := range []string{
			"referer", "x-forwarded-for", "from", "accept", "signature", "signature-input", "signature-agent", "dnt", "sec-gpc",
		} {
			if values := r.Header.Values(name); len(values) > 0 {
				span.SetAttributes(attribute.StringSlice("http.request.header."+name, values))
			}
		}
		next.ServeHTTP(w, r)
		if kind := w.Header().Values("content-type"); len(kind) > 0 {
			span.SetAttributes(attribute.StringSlice("http.response.header.content-type", kind))
		}
	})
}

// checkOtelhttp serves the website in this process with otelhttp and compares the visits.
func (l *live) checkOtelhttp(website http.Handler, observe func(*liveRequest, *observation)) {
	t := l.t
	t.Helper()
	l.start()
	exporter, err := otlptracehttp.New(l.ctx, otlptracehttp.WithEndpointURL("http://127.0.0.1:"+l.env["E2E_HTTP_PORT"]+"/v1/traces"))
	require.NoError(t, err)
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter))
	t.Cleanup(func() { assert.NoError(t, provider.Shutdown(context.WithoutCancel(l.ctx))) })
	handler := otelhttp.NewHandler(website, "website", otelhttp.WithTracerProvider(provider))
	for _, host := range []string{"127.0.0.1", "::1"} {
		serve(t, handler, net.JoinHostPort(host, l.port))
	}
	l.check(source{precision: 2 * time.Millisecond, observe: observe}, func() { require.NoError(t, provider.ForceFlush(l.ctx)) })
}

// observeOtelhttp keeps what otelhttp records: no query, no headers, a decoded path, and the
// first address of X-Forwarded-For.
func observeOtelhttp(r *liveRequest, o *observation) {
	o.query, o.headers = "", nil
	o.path = decodedPath(r.path())
	o.scheme, o.host = "http", r.hostName()
	if client := firstForwarded(r); client != "" {
		o.client = client
	}
}

// decodedPath decodes a path and escapes again only what a path requires. A source that
// records the decoded path loses all other escapes.
func decodedPath(sent string) string {
	decoded, err := url.PathUnescape(sent)
	if err != nil {
		panic(err) // no path of live/requests.json is malformed
	}
	var path strings.Builder
	for _, c := range []byte(decoded) {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("-._~!$&'()*+,;=:@/", c) >= 0 {
			path.WriteByte(c)
		} else {
			fmt.Fprintf(&path, "%%%02X", c)
		}
	}
	return path.String()
}

// firstForwarded is the first element of X-Forwarded-For without its port, or "" if it
// is not an address.
func firstForwarded(r *liveRequest) string {
	element, _, _ := strings.Cut(r.header("X-Forwarded-For"), ",")
	host, _, err := net.SplitHostPort(element)
	if err != nil {
		host = element
	}
	if net.ParseIP(host) == nil {
		return ""
	}
	return host
}

// serve serves on an address until the test ends.
func serve(t *testing.T, handler http.Handler, address string) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		assert.NoError(t, server.Close())
		assert.ErrorIs(t, <-served, http.ErrServerClosed)
	})
}
