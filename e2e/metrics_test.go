// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net/http"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
)

// labels select the time series of a metric.
type labels map[string]string

// scrape reads the Collector's own metrics from its Prometheus endpoint.
func (r *rig) scrape() map[string]*dto.MetricFamily {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.ctx, http.MethodGet, "http://127.0.0.1:"+r.env["E2E_METRICS_PORT"]+"/metrics", http.NoBody)
	require.NoError(r.t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(r.t, err)
	defer func() { _ = answer.Body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	require.NoError(r.t, err)
	return families
}

// counter is the sum of a counter or gauge over all time series that have the labels.
func counter(families map[string]*dto.MetricFamily, name string, with labels) int {
	sum := 0.0
	for _, metric := range families[name].GetMetric() {
		if matches(metric, with) {
			sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	return int(sum)
}

func matches(metric *dto.Metric, with labels) bool {
	found := 0
	for _, pair := range metric.GetLabel() {
		if value, asked := with[pair.GetName()]; asked {
			if value != pair.GetValue() {
				return false
			}
			found++
		}
	}
	return found == len(with)
}

// waitCounter returns when the counter has the value.
func (r *rig) waitCounter(name string, with labels, want int) {
	r.t.Helper()
	r.eventually(func() error {
		if got := counter(r.scrape(), name, with); got != want {
			return fmt.Errorf("%s%v is %d, want %d", name, with, got, want)
		}
		return nil
	})
}
