// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
)

// A trial that sends for minutes must not measure the memory of its own connections.
func TestATrialSendsEverythingThroughOneConnection(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	counting := &countingListener{Listener: listener}
	receiver := &spanCounter{}
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, receiver)
	go func() { _ = server.Serve(counting) }()
	t.Cleanup(server.Stop)

	trial := newTrial(t.Context(), Settings{})
	t.Cleanup(trial.cleanUp)
	trial.env["CHAOS_OTLP"] = listener.Addr().String()
	for range 20 {
		trial.send(1)
	}
	trial.sendMeanwhile()()
	trial.sendKind(poison(), 2)

	assert.Empty(t, trial.failures)
	assert.GreaterOrEqual(t, receiver.spans.Load(), int64(22))
	assert.EqualValues(t, 1, counting.accepted.Load(), "connections")
}

// countingListener counts the connections that it accepts.
type countingListener struct {
	net.Listener
	accepted atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	connection, err := l.Listener.Accept()
	if err == nil {
		l.accepted.Add(1)
	}
	return connection, err
}

// spanCounter is a receiver that counts spans.
type spanCounter struct {
	ptraceotlp.UnimplementedGRPCServer
	spans atomic.Int64
}

func (c *spanCounter) Export(_ context.Context, r ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	c.spans.Add(int64(r.Traces().SpanCount()))
	return ptraceotlp.NewExportResponse(), nil
}
