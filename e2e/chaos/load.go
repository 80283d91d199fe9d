// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
)

const (
	// perPayload is how many visits one payload holds.
	perPayload = 100
	// senders is how many payloads are on their way at a time.
	senders = 4
	// sendLimit bounds how long a payload may take to be acknowledged.
	sendLimit = 10 * time.Second
)

// poisonPath is of visits that the API does not take, where a scenario says so.
const poisonPath = "/poison"

// kind describes visits that are alike.
type kind struct {
	path  string
	start time.Time
	end   time.Time
}

func page() kind {
	now := time.Now()
	return kind{path: "/page", start: now.Add(-38 * time.Millisecond), end: now}
}

func poison() kind {
	k := page()
	k.path = poisonPath
	return k
}

// newPayload makes n server spans with the ids from on.
func newPayload(k kind, from, n int) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "website")
	spans := rs.ScopeSpans().AppendEmpty().Spans()
	spans.EnsureCapacity(n)
	for i := from; i < from+n; i++ {
		span := spans.AppendEmpty()
		var trace pcommon.TraceID
		var id pcommon.SpanID
		binary.BigEndian.PutUint64(trace[8:], uint64(i+1))
		binary.BigEndian.PutUint64(id[:], uint64(i+1))
		span.SetTraceID(trace)
		span.SetSpanID(id)
		span.SetName("GET " + k.path)
		span.SetKind(ptrace.SpanKindServer)
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(k.start))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(k.end))
		a := span.Attributes()
		a.PutStr("http.request.method", "GET")
		a.PutStr("url.scheme", "https")
		a.PutStr("server.address", "www.example.com")
		a.PutStr("url.path", k.path)
		a.PutStr("url.query", fmt.Sprintf("visit=%08d", i))
		a.PutInt("http.response.status_code", 200)
		a.PutStr("client.address", fmt.Sprintf("203.0.113.%d", i%256))
		a.PutStr("user_agent.original", "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)")
	}
	return td
}

// export gives the Collector one payload and returns when it has acknowledged
// it.
type export func(context.Context, ptrace.Traces) error

// connect opens a connection to the Collector that outlives its restarts. While
// the Collector is away, it waits.
func (t *trial) connect() export {
	quick := backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1.5, MaxDelay: 200 * time.Millisecond}
	connection, err := grpc.NewClient(t.env["CHAOS_OTLP"],
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: quick, MinConnectTimeout: time.Second}))
	require.NoError(t, err)
	t.undo = append(t.undo, func() { _ = connection.Close() })
	client := ptraceotlp.NewGRPCClient(connection)
	return func(ctx context.Context, td ptrace.Traces) error {
		ctx, cancel := context.WithTimeout(ctx, sendLimit)
		defer cancel()
		answer, err := client.Export(ctx, ptraceotlp.NewExportRequestFromTraces(td), grpc.WaitForReady(true))
		if err != nil {
			return err
		}
		if rejected := answer.PartialSuccess().RejectedSpans(); rejected > 0 {
			return fmt.Errorf("the Collector rejected %d spans", rejected)
		}
		return nil
	}
}

// persistent sends again what the Collector refuses, as an SDK does, and counts
// how often it refused.
func (e export) persistent(refused *atomic.Int64) export {
	return func(ctx context.Context, td ptrace.Traces) error {
		again := time.NewTicker(100 * time.Millisecond)
		defer again.Stop()
		for {
			if err := e(ctx, td); err == nil || ctx.Err() != nil {
				return err
			}
			refused.Add(1)
			select {
			case <-again.C:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
}

// send gives the Collector n visits, all of which it must acknowledge.
func (t *trial) send(n int) { t.sendKind(page(), n) }

func (t *trial) sendKind(k kind, n int) {
	require.NoError(t, t.pour(t.connect(), k, n, func(err error) error { return err }))
}

// sendMeanwhile gives the Collector visits while the scenario goes on. A
// payload that is not acknowledged, because the Collector ended, is not sent
// again. The function that it returns stops that.
func (t *trial) sendMeanwhile() (stop func()) {
	ended, enough := make(chan struct{}), make(chan struct{})
	to := t.connect()
	go func() {
		defer close(ended)
		for {
			select {
			case <-enough:
				return
			case <-t.ctx.Done():
				return
			default:
				_ = t.pour(to, page(), senders*perPayload, func(error) error { return nil })
			}
		}
	}()
	return func() {
		close(enough)
		<-ended
	}
}

// sendSlowly gives the Collector a visit now and then while the scenario goes
// on. The function that it returns stops that.
func (t *trial) sendSlowly() (stop func()) {
	ended, enough := make(chan struct{}), make(chan struct{})
	to := t.connect()
	go func() {
		defer close(ended)
		now := time.NewTicker(100 * time.Millisecond)
		defer now.Stop()
		for {
			select {
			case <-now.C:
				_ = t.pour(to, page(), 1, func(error) error { return nil })
			case <-enough:
				return
			case <-t.ctx.Done():
				return
			}
		}
	}()
	return func() {
		close(enough)
		<-ended
	}
}

// pour sends n visits by several senders. What to do with a payload that is not
// acknowledged is up to failed: it returns the error with which to end, or nil
// to go on without this payload.
func (t *trial) pour(to export, k kind, n int, failed func(error) error) error {
	sizes := make(chan int)
	ctx, cancel := context.WithCancelCause(t.ctx)
	defer cancel(nil)
	var working sync.WaitGroup
	for range senders {
		working.Go(func() {
			for size := range sizes {
				from := t.ledger.issue(size, k.path == poisonPath)
				err := to(ctx, newPayload(k, from, size))
				if err == nil {
					t.ledger.acknowledge(from, size)
				} else if err = failed(err); err != nil {
					cancel(err)
				}
			}
		})
	}
	for left := n; left > 0 && ctx.Err() == nil; left -= perPayload {
		select {
		case sizes <- min(left, perPayload):
		case <-ctx.Done():
		}
	}
	close(sizes)
	working.Wait()
	return context.Cause(ctx)
}
