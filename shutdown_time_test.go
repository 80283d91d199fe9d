// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"regexp"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// timeAtTheEnd is how long one exporter may go on for one signal, as docs/delivery.md says.
// The Collector ends them one after another.
func timeAtTheEnd(t *testing.T) time.Duration {
	t.Helper()
	text := regexp.MustCompile(`\s+`).ReplaceAllString(fixture.ReadFile(t, "docs/delivery.md"), " ")
	found := regexp.MustCompile(`can take (\d+) seconds for each exporter and signal, one after another`).FindStringSubmatch(text)
	require.NotNil(t, found)
	seconds, err := strconv.Atoi(found[1])
	require.NoError(t, err)
	return time.Duration(seconds) * time.Second
}

// TestTheEndTakesAsLongAsThePageSaysForEachSignal has an API that hangs: nothing takes longer.
func TestTheEndTakesAsLongAsThePageSaysForEachSignal(t *testing.T) {
	limit := timeAtTheEnd(t)
	for name, disk := range bothQueues() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: make(chan struct{}), Times: fakeapi.Forever})
				r := directRig(t, api, disk, asItIs)
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a")))
				require.NoError(t, r.logs.ConsumeLogs(t.Context(), fixture.NewLogs("/b")))
				<-time.After(10 * time.Second)
				begun := time.Now()
				require.NoError(t, r.traces.Shutdown(t.Context()))
				assert.Equal(t, limit, time.Since(begun), "traces")
				require.NoError(t, r.logs.Shutdown(t.Context()))
				assert.Equal(t, 2*limit, time.Since(begun), "logs after them")
			})
		})
	}
}

// TestWhatIsShippedHasTimeToDeliverAtTheEnd compares the patience of what stops the
// Collector with how long its exporters may take.
func TestWhatIsShippedHasTimeToDeliverAtTheEnd(t *testing.T) {
	for file, row := range map[string]struct {
		setting   string
		exporters int // each with one queue for a signal
	}{
		"packaging/linux/agent-visits.service":       {`TimeoutStopSec=(\d+)`, 4},
		"deploy/compose/compose.yaml":                {`stop_grace_period: (\d+)s`, 4},
		"deploy/kubernetes/gateway/deployment.yaml":  {`terminationGracePeriodSeconds: (\d+)`, 4},
		"deploy/kubernetes/node-logs/daemonset.yaml": {`terminationGracePeriodSeconds: (\d+)`, 2},
		"deploy/operator/gateway.yaml":               {`terminationGracePeriodSeconds: (\d+)`, 2},
	} {
		found := regexp.MustCompile(row.setting).FindStringSubmatch(fixture.ReadFile(t, file))
		require.NotNil(t, found, file)
		seconds, err := strconv.Atoi(found[1])
		require.NoError(t, err)
		assert.Greater(t, time.Duration(seconds)*time.Second, time.Duration(row.exporters)*timeAtTheEnd(t), file)
	}
}

var binaryUnits = map[string]int{"Mi": 1 << 20, "Gi": 1 << 30}

// TestAVolumeOfKubernetesHoldsTheFilesOfItsQueues: a destination has a queue for each signal, and
// its file may be larger than the queue, as examples/file-storage says.
func TestAVolumeOfKubernetesHoldsTheFilesOfItsQueues(t *testing.T) {
	const fileOfQueue = 2.5
	fixture.AssertMentions(t, fixture.ReadFile(t, "examples/file-storage/README.md"), "two and a half times", "say how large a file is")
	for volume, queues := range map[string][]string{
		"deploy/kubernetes/gateway/deployment.yaml": {"deploy/kubernetes/gateway/config/known_agents.yaml", "deploy/kubernetes/gateway/config/scrunch.yaml"},
		"deploy/helm/gateway.yaml":                  {"deploy/helm/gateway.yaml"},
		"deploy/operator/gateway.yaml":              {"deploy/operator/gateway.yaml"},
	} {
		found := regexp.MustCompile(`emptyDir: \{sizeLimit: (\d+)(Mi|Gi)\}`).FindStringSubmatch(fixture.ReadFile(t, volume))
		require.NotNil(t, found, volume)
		room, err := strconv.Atoi(found[1])
		require.NoError(t, err)
		room *= binaryUnits[found[2]]
		needed := 0.0
		for _, file := range queues {
			size, err := strconv.Atoi(regexp.MustCompile(`queue_size: (\d+)`).FindStringSubmatch(fixture.ReadFile(t, file))[1])
			require.NoError(t, err)
			needed += 2 * fileOfQueue * float64(size)
		}
		assert.GreaterOrEqual(t, float64(room), needed, volume)
	}
}
