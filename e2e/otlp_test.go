// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// connect opens a connection to the Collector's gRPC receiver.
func (r *rig) connect() *grpc.ClientConn {
	r.t.Helper()
	connection, err := grpc.NewClient("127.0.0.1:"+r.env["E2E_GRPC_PORT"], grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(r.t, err)
	r.t.Cleanup(func() { assert.NoError(r.t, connection.Close()) })
	return connection
}

// sendTraces sends a payload over gRPC and requires that the Collector accepts all of it.
func (r *rig) sendTraces(over *grpc.ClientConn, td ptrace.Traces) {
	r.t.Helper()
	answer, err := ptraceotlp.NewGRPCClient(over).Export(r.ctx, ptraceotlp.NewExportRequestFromTraces(td))
	require.NoError(r.t, err)
	require.Zero(r.t, answer.PartialSuccess().RejectedSpans())
}

// sendLogs sends a payload over gRPC and requires that the Collector accepts all of it.
func (r *rig) sendLogs(over *grpc.ClientConn, ld plog.Logs) {
	r.t.Helper()
	answer, err := plogotlp.NewGRPCClient(over).Export(r.ctx, plogotlp.NewExportRequestFromLogs(ld))
	require.NoError(r.t, err)
	require.Zero(r.t, answer.PartialSuccess().RejectedLogRecords())
}

const protobuf = "application/x-protobuf"

// postTraces sends a payload over HTTP and requires that the Collector accepts all of
// it.
func (r *rig) postTraces(td ptrace.Traces) {
	r.t.Helper()
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	require.NoError(r.t, err)
	answer := ptraceotlp.NewExportResponse()
	require.NoError(r.t, answer.UnmarshalProto(r.post("/v1/traces", protobuf, body)))
	require.Zero(r.t, answer.PartialSuccess().RejectedSpans())
}

// postLogs sends a payload over HTTP and requires that the Collector accepts all of it.
func (r *rig) postLogs(ld plog.Logs) {
	r.t.Helper()
	body, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	require.NoError(r.t, err)
	answer := plogotlp.NewExportResponse()
	require.NoError(r.t, answer.UnmarshalProto(r.post("/v1/logs", protobuf, body)))
	require.Zero(r.t, answer.PartialSuccess().RejectedLogRecords())
}

// post sends a body to the Collector's HTTP receiver and returns the body of the answer.
func (r *rig) post(path, contentType string, body []byte) []byte {
	r.t.Helper()
	sent, err := http.NewRequestWithContext(r.ctx, http.MethodPost, "http://127.0.0.1:"+r.env["E2E_HTTP_PORT"]+path, bytes.NewReader(body))
	require.NoError(r.t, err)
	sent.Header.Set("Content-Type", contentType)
	answer, err := http.DefaultClient.Do(sent)
	require.NoError(r.t, err)
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	require.NoError(r.t, err)
	require.Equal(r.t, http.StatusOK, answer.StatusCode, "%s", content)
	return content
}

// backend is a backend for traces and logs that takes OTLP over HTTP. It keeps each
// payload as JSON, so that payloads can be compared.
type backend struct {
	*httptest.Server
	mu     sync.Mutex
	traces []string
	logs   []string
}

func newBackend(t *testing.T) *backend {
	t.Helper()
	b := &backend{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = b.keep(r.URL.Path, body)
		}
		if !assert.NoError(t, err) {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *backend) keep(path string, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if path == "/v1/logs" {
		payload := plogotlp.NewExportRequest()
		if err := payload.UnmarshalProto(body); err != nil {
			return err
		}
		b.logs = append(b.logs, logsText(payload.Logs()))
		return nil
	}
	payload := ptraceotlp.NewExportRequest()
	if err := payload.UnmarshalProto(body); err != nil {
		return err
	}
	b.traces = append(b.traces, tracesText(payload.Traces()))
	return nil
}

// received returns the payloads so far.
func (b *backend) received() (traces, logs []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.traces), slices.Clone(b.logs)
}

func tracesText(td ptrace.Traces) string {
	text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
	if err != nil {
		panic(err) // every payload encodes
	}
	return string(text)
}

func logsText(ld plog.Logs) string {
	text, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
	if err != nil {
		panic(err) // every payload encodes
	}
	return string(text)
}
