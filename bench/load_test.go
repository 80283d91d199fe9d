// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

func TestEachLoadHoldsTheStatedNumberOfItemsAndVisits(t *testing.T) {
	for name, c := range map[string]struct {
		make   func() (*load, error)
		items  int
		visits int
	}{
		"server spans": {serverSpans, 500, 500}, "mixed spans": {mixedSpans, 500, 100}, "access log": {accessLog, 500, 500}, "single spans": {singleSpans, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := c.make()
			require.NoError(t, err)
			assert.Equal(t, c.visits, l.visits)
			assert.Equal(t, c.items, l.items)
			require.Len(t, l.bodies, distinct)
			seen := map[string]bool{}
			for _, body := range l.bodies {
				items, visits := count(t, l.signal, body)
				assert.Equal(t, c.items, items)
				assert.Equal(t, c.visits, visits)
				seen[string(body)] = true
			}
			assert.Len(t, seen, distinct, "different requests")
		})
	}
}

// count returns the number of items in a request, and the number of visits among them.
func count(t *testing.T, s signal, body []byte) (items, visits int) {
	t.Helper()
	if s == logs {
		request := plogotlp.NewExportRequest()
		require.NoError(t, request.UnmarshalProto(body))
		n := request.Logs().LogRecordCount()
		return n, n
	}
	request := ptraceotlp.NewExportRequest()
	require.NoError(t, request.UnmarshalProto(body))
	for _, rs := range request.Traces().ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				items++
				if span.Kind() == ptrace.SpanKindServer {
					visits++
					assert.True(t, span.ParentSpanID().IsEmpty(), "a server span must not be an internal hop")
				}
			}
		}
	}
	return items, visits
}
