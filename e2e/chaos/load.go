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
	// perPayload is the number of visits in a payload.
	perPayload = 100
	// senders is how many payloads are sent at a time.
	senders = 4
	// sendLimit bounds how long a payload may take to be acknowledged.
	sendLimit = 10 * time.Second
)

// poisonPath is the path of poison visits: the API rejects them after rejectPoison.
const poisonPath = "/poison"

// kind describes a group of equal visits.
type kind struct {
	path  string
	agent string
	start time.Time
	end   time.Time
	// anonymous leaves the client's address out.
	anonymous bool
	// traced makes the spans name a parent that never comes, as a client's traceparent
	// does. Their visits wait.
	traced bool
}

// crawler is the agent of all pages.
const crawler = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"

func page() kind {
	now := time.Now()
	return kind{path: "/page", agent: crawler, start: now.Add(-38 * time.Millisecond), end: now}
}

// small is a page whose visit has 210 bytes: two thirds of the others.
func small() kind {
	k := page()
	k.agent, k.anonymous = "ExampleBot/1.0", true
	return k
}

// traced is a page whose visits wait.
func traced() kind {
	k := page()
	k.traced = true
	return k
}

func poison() kind {
	k := page()
	k.path = poisonPath
	return k
}

// newPayload returns n server spans, whose ids start with from. Each is of the host of its id.
func newPayload(k kind, from, n int, host func(id int) string) ptrace.Traces {
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
		if k.traced {
			span.SetParentSpanID(pcommon.SpanID{1: 1})
		}
		span.SetName("GET " + k.path)
		span.SetKind(ptrace.SpanKindServer)
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(k.start))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(k.end))
		a := span.Attributes()
		a.PutStr("http.request.method", "GET")
		a.PutStr("url.scheme", "https")
		a.PutStr("server.address", host(i))
		a.PutStr("url.path", k.path)
		a.PutStr("url.query", fmt.Sprintf("visit=%08d", i))
		a.PutInt("http.response.status_code", 200)
		if !k.anonymous {
			a.PutStr("client.address", fmt.Sprintf("203.0.113.%d", i%256))
		}
		a.PutStr("user_agent.original", k.agent)
	}
	return td
}

// export sends a payload to the Collector and returns when the Collector has acknowledged
// it.
type export func(context.Context, ptrace.Traces) error

// connect returns a connection to the Collector, or the log file that it reads. All who send
// in a trial share the connection, as those of an SDK do: each costs the Collector some 30 kB.
func (t *trial) connect() export {
	if t.logFile != "" {
		return t.appendLines
	}
	t.connecting.Do(func() { t.connection = t.dial() })
	return t.connection
}

// dial opens a connection that outlives restarts of the Collector. It waits while the
// Collector is down.
func (t *trial) dial() export {
	quick := backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1.5, MaxDelay: 200 * time.Millisecond}
	connection, err := grpc.NewClient(t.env["CHAOS_OTLP"],
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: quick, MinConnectTimeout: time.Second}))
	require.NoError(t, err)
	t.cleanUps = append(t.cleanUps, func() { _ = connection.Close() })
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

// withRetry sends a refused payload again, as an SDK does, and counts the refusals.
func (e export) withRetry(refused *atomic.Int64) export {
	return func(ctx context.Context, td ptrace.Traces) error {
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			if err := e(ctx, td); err == nil || ctx.Err() != nil {
				return err
			}
			refused.Add(1)
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
}

// send sends n visits to pages. The Collector must acknowledge all of them.
func (t *trial) send(n int) { t.sendKind(page(), n) }

// sendKind sends n visits. The Collector must acknowledge all of them.
func (t *trial) sendKind(k kind, n int) {
	require.NoError(t, t.sendAll(t.connect(), k, n, func(err error) error { return err }))
}

// sendMeanwhile sends visits in the background until stop is called. It does not send a
// payload again if the Collector ends before it acknowledges the payload.
func (t *trial) sendMeanwhile() (stop func()) { return t.sendKindMeanwhile(page) }

// sendKindMeanwhile does so with visits of a kind.
func (t *trial) sendKindMeanwhile(of func() kind) (stop func()) {
	ended, stopping := make(chan struct{}), make(chan struct{})
	to := t.connect()
	go func() {
		defer close(ended)
		for {
			select {
			case <-stopping:
				return
			case <-t.ctx.Done():
				return
			default:
				_ = t.sendAll(to, of(), senders*perPayload, func(error) error { return nil })
			}
		}
	}()
	return func() {
		close(stopping)
		<-ended
	}
}

// sendSlowly sends a visit now and then in the background until stop is called.
func (t *trial) sendSlowly() (stop func()) {
	ended, stopping := make(chan struct{}), make(chan struct{})
	to := t.connect()
	go func() {
		defer close(ended)
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				_ = t.sendAll(to, page(), 1, func(error) error { return nil })
			case <-stopping:
				return
			case <-t.ctx.Done():
				return
			}
		}
	}()
	return func() {
		close(stopping)
		<-ended
	}
}

// steady is a load that stays the same.
type steady struct {
	perSecond int
	lasts     time.Duration
	poisonIn  int // one of so many visits is poison; 0 means none
}

// sendSteadily sends a steady load and returns how many visits of it are poison. The
// Collector must acknowledge all visits.
func (t *trial) sendSteadily(load steady) (poisonous int) {
	to, begun, sent := t.connect(), time.Now(), 0
	for all := load.perSecond * int(load.lasts.Seconds()); sent < all; {
		t.sleep(50 * time.Millisecond)
		due := min(all, int(time.Since(begun).Seconds()*float64(load.perSecond)))
		bad := load.poisonUntil(due) - load.poisonUntil(sent)
		for _, group := range []struct {
			kind kind
			n    int
		}{{page(), due - sent - bad}, {poison(), bad}} {
			require.NoError(t, t.sendAll(to, group.kind, group.n, func(err error) error { return err }))
		}
		sent, poisonous = due, poisonous+bad
	}
	return poisonous
}

// poisonUntil is how many of the first n visits are poison. The first one comes after half
// of its share.
func (s steady) poisonUntil(n int) int {
	if s.poisonIn == 0 {
		return 0
	}
	return (n + s.poisonIn/2) / s.poisonIn
}

// sendAll sends n visits with several senders. It calls failed for a payload that the
// Collector does not acknowledge. If failed returns an error, sendAll ends with it. If it
// returns nil, sendAll continues without that payload.
func (t *trial) sendAll(to export, k kind, n int, failed func(error) error) error {
	sizes := make(chan int)
	ctx, cancel := context.WithCancelCause(t.ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for range senders {
		running.Go(func() {
			for size := range sizes {
				from := t.ledger.issue(size, k.path == poisonPath)
				err := to(ctx, newPayload(k, from, size, t.ledger.host))
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
	running.Wait()
	return context.Cause(ctx)
}
