// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

// Visitors counts visits by agent. A count is one addition; attributes are made when
// metrics are collected. There are at most as many series as the set has visitors, times
// the status classes.
type Visitors struct {
	counters *Counters
	set      *agents.Set
	visits   [][len(agents.StatusClasses)]atomic.Int64 // by agents.Visitor

	mu     sync.Mutex
	series [][len(agents.StatusClasses)]metric.ObserveOption // nil until it has a visit
}

// Visitors makes the counts of a set's visitors.
func (c *Counters) Visitors(set *agents.Set) *Visitors {
	return &Visitors{
		counters: c, set: set,
		visits: make([][len(agents.StatusClasses)]atomic.Int64, set.Len()),
		series: make([][len(agents.StatusClasses)]metric.ObserveOption, set.Len()),
	}
}

// Add counts visits. The class is an index of agents.StatusClasses. Add is safe for
// concurrent use.
func (v *Visitors) Add(who agents.Visitor, class int, visits int64) {
	v.visits[who][class].Add(visits)
}

// Start has the metrics show the counts until the Counters' Shutdown.
func (v *Visitors) Start() error {
	return v.counters.builder.RegisterExporterAgentVisitsByAgentCallback(v.observe)
}

// observe shows a series as 0 first, so that dashboards and alerts see the first visits
// as an increase.
func (v *Visitors) observe(_ context.Context, o metric.Int64Observer) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for who := range v.visits {
		for class := range v.visits[who] {
			visits, series := v.visits[who][class].Load(), &v.series[who][class]
			if visits == 0 {
				continue
			}
			if *series == nil {
				*series = v.attributes(agents.Visitor(who), agents.StatusClasses[class])
				visits = 0
			}
			o.Observe(visits, *series)
		}
	}
	return nil
}

func (v *Visitors) attributes(who agents.Visitor, class string) metric.ObserveOption {
	a := v.set.Agent(who)
	return metric.WithAttributeSet(attribute.NewSet(append(v.counters.attributes.ToSlice(),
		attribute.String("agent", a.Name), attribute.String("operator", a.Operator),
		attribute.String("purpose", a.Purpose), attribute.String("status_class", class))...))
}
