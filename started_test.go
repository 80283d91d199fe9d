// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// inMetrics finds the counters that the page of metrics says are not there at start.
var inMetrics = regexp.MustCompile(`All counters but those by (\w+) and by (\w+) exist from the start, at 0`)

func TestTheCountersOfThePageExistFromTheStart(t *testing.T) {
	excepted := inMetrics.FindStringSubmatch(fixture.ReadFile(t, "docs/metrics.md"))
	require.NotNil(t, excepted)
	r := newRig(t, sitesConfig(2), componenttest.NewNopHost())
	defer r.shutdown(t)
	metadata := parseYAML(t, fixture.ReadFile(t, "metadata.yaml"))
	counters := 0
	for _, name := range names(metadata, "telemetry::metrics") {
		if !metadata.IsSet("telemetry::metrics::" + name + "::sum") {
			continue
		}
		counters++
		_, err := r.telemetry.GetMetric("otelcol_" + name)
		if strings.HasSuffix(name, "_by_"+excepted[1]) || strings.HasSuffix(name, "_by_"+excepted[2]) {
			require.Error(t, err, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Zero(t, fixture.Sum(t, r.telemetry, "otelcol_"+name), name)
	}
	assert.Greater(t, counters, 6)
}

// TestTheLogOfKnownSitesHasWhatThePageNames compares the fields that the page of trouble
// names with those of the line.
func TestTheLogOfKnownSitesHasWhatThePageNames(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `(The sites are known\\.)` \\| (.*) \\|$").FindStringSubmatch(fixture.ReadFile(t, "docs/troubleshooting.md"))
	require.NotNil(t, row)
	r := newRig(t, sitesConfig(2), componenttest.NewNopHost())
	defer r.shutdown(t)
	lines := r.observed.FilterMessage(row[1]).All()
	require.Len(t, lines, 1)
	fields := lines[0].ContextMap()
	for _, named := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[2], -1) {
		assert.Contains(t, fields, named[1])
	}
	assert.EqualValues(t, 2, fields["sites"])
}
