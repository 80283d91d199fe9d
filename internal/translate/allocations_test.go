// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestSpansBecomeVisitsWithoutAllocation(t *testing.T) {
	if fixture.RaceDetector {
		t.Skip("the race detector allocates")
	}
	for name, span := range map[string]ptrace.Span{"13 attributes": fixture.OtelhttpSpan(), "3 captured headers": fixture.CapturedSpan()} {
		for destination, encode := range translation.Encoders {
			t.Run(name+" for "+destination, func(t *testing.T) {
				tr := translation.New(translate.Config{})
				buffer := make([]byte, 0, visit.MaxVisitBytes)
				assert.Zero(t, testing.AllocsPerRun(100, func() {
					v, _ := tr.Span(span)
					encode(buffer, v)
				}))
			})
		}
	}
}

func TestLogRecordsBecomeVisitsWithoutAllocation(t *testing.T) {
	if fixture.RaceDetector {
		t.Skip("the race detector allocates")
	}
	tr := translation.New(translate.Config{})
	buffer := make([]byte, 0, visit.MaxVisitBytes)
	for name, record := range fixture.LogRecords() {
		for destination, encode := range translation.Encoders {
			t.Run(name+" for "+destination, func(t *testing.T) {
				assert.Zero(t, testing.AllocsPerRun(100, func() {
					v, skip := tr.LogRecord(record)
					assert.Equal(t, visit.NotSkipped, skip)
					encode(buffer, v)
				}))
			})
		}
	}
}
