// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"io"
	"net"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// TestAConnectionThatGoesSilentIsReplaced: all requests of HTTP/2 share a connection,
// which a NAT or a balancer may drop without telling either end.
func TestAConnectionThatGoesSilentIsReplaced(t *testing.T) {
	api := fakeapi.New(fakeapi.Settings{})
	server := httptest.NewUnstartedServer(api)
	server.EnableHTTP2 = true
	server.StartTLS()
	line := newLine(t, server.Listener.Addr().String())
	t.Cleanup(server.CloseClientConnections)

	cfg := knownAgentsConfig("https://" + line.listener.Addr().String())
	cfg.ClientConfig.TLS.InsecureSkipVerify = true
	cfg.ClientConfig.HTTP2ReadIdleTimeout, cfg.ClientConfig.HTTP2PingTimeout = 50*time.Millisecond, 50*time.Millisecond
	cfg.RetryConfig.InitialInterval = 100 * time.Millisecond
	batch := cfg.QueueConfig.Get().Batch.Get()
	batch.MinSize, batch.FlushTimeout = 0, 100*time.Millisecond
	r := newRig(t, cfg, componenttest.NewNopHost())

	require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/before")))
	require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.KnownAgents, 1))
	line.silence()
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/after")))
	require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.KnownAgents, 2))
	assert.Positive(t, line.opened.Load()-1, "another connection was opened")
	r.shutdown(t)
	server.Close()
}

// line passes connections on to a server until they are silenced.
type line struct {
	listener net.Listener
	opened   atomic.Int64
	mu       sync.Mutex
	silent   []*atomic.Bool // of each connection
	open     []net.Conn
}

func newLine(t *testing.T, server string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &line{listener: listener}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server)
			if err != nil {
				_ = client.Close()
				continue
			}
			silent := new(atomic.Bool)
			l.mu.Lock()
			l.silent, l.open = append(l.silent, silent), append(l.open, client, upstream)
			l.mu.Unlock()
			l.opened.Add(1)
			running.Go(func() { _, _ = io.Copy(mutable{upstream, silent}, client) })
			running.Go(func() { _, _ = io.Copy(mutable{client, silent}, upstream) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		l.mu.Lock()
		for _, connection := range l.open {
			_ = connection.Close()
		}
		l.mu.Unlock()
		running.Wait()
	})
	return l
}

// silence makes the connections that are open lose everything. They stay open.
func (l *line) silence() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, silent := range l.silent {
		silent.Store(true)
	}
}

// mutable is a writer that loses everything once it is silent.
type mutable struct {
	to     io.Writer
	silent *atomic.Bool
}

func (m mutable) Write(p []byte) (int, error) {
	if m.silent.Load() {
		return len(p), nil
	}
	return m.to.Write(p)
}
