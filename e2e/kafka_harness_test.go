// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/grpc"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// What the recipe in examples/kafka names.
const (
	spansTopic    = "visits_spans"
	logsTopic     = "visits_logs"
	deliveryGroup = "visits-known-agents"
)

// partitions is how many each topic has.
const partitions = 6

// relay is the set-up of examples/kafka: a Collector that writes to Kafka, which is in this
// process, and Collectors of one group that read there and deliver to one API.
type relay struct {
	*rig   // the collecting Collector, and the API
	broker *kfake.Cluster
	over   *grpc.ClientConn
}

// newRelay starts Kafka and the collecting Collector.
func newRelay(t *testing.T, settings fakeapi.Settings) *relay {
	t.Helper()
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, spansTopic, logsTopic), kfake.GroupMinSessionTimeout(time.Second))
	require.NoError(t, err)
	t.Cleanup(broker.Close)
	r := &relay{rig: newRig(t, settings), broker: broker}
	r.launch(r.rig, "collecting.yaml")
	r.over = r.connect()
	return r
}

// launch starts a Collector with a recipe, and with what the test changes of it.
func (r *relay) launch(one *rig, recipe string, changes ...string) {
	r.t.Helper()
	one.configs = []string{filepath.Join("..", "examples", "kafka", recipe)}
	for _, name := range changes {
		one.configs = append(one.configs, filepath.Join("testdata", name))
	}
	one.env["KAFKA"] = strings.Join(r.broker.ListenAddrs(), ",")
	one.env["STORAGE"] = filepath.Join(one.dir, "queue")
	one.env["METRICS_HOST"], one.env["METRICS_PORT"] = "127.0.0.1", one.env["E2E_METRICS_PORT"]
	one.env["KNOWN_AGENTS_ACCESS_TOKEN"] = accessToken
	r.startCollector(one)
}

// startCollector starts a Collector of the recipe, again if it was launched before.
func (r *relay) startCollector(one *rig) {
	r.t.Helper()
	one.startOther(program(r.t, filepath.Join("..", "bin", "live", "balancer", "balancer")))
}

// deliver starts a delivering Collector with a disk of its own.
func (r *relay) deliver(changes ...string) *rig {
	r.t.Helper()
	one := newRig(r.t, fakeapi.Settings{})
	one.env["E2E_KNOWN_AGENTS_ENDPOINT"] = r.env["E2E_KNOWN_AGENTS_ENDPOINT"]
	r.launch(one, "delivering.yaml", append([]string{"kafka_delivering.yaml"}, changes...)...)
	return one
}

// isShared says whether so many Collectors, and no others, share all partitions. Each has a
// member for spans and one for log records.
func isShared(group *kfake.GroupInfo, collectors int) bool {
	if group == nil || group.State != "Stable" || len(group.Members) != 2*collectors || group.NumAssigned() != 2*partitions {
		return false
	}
	for i := range group.Members {
		if group.Members[i].NumAssigned() == 0 {
			return false
		}
	}
	return true
}

// awaitShared waits until so many Collectors share all partitions.
func (r *relay) awaitShared(collectors int) {
	r.t.Helper()
	_, err := r.broker.WaitGroupInfo(r.ctx, deliveryGroup, func(group *kfake.GroupInfo) bool { return isShared(group, collectors) })
	require.NoError(r.t, err)
}

// written is the number of a topic's messages.
func (r *relay) written(topic string) (messages int) {
	for _, partition := range r.broker.PartitionInfos(topic) {
		messages += int(partition.HighWatermark)
	}
	return messages
}

// uncommitted is the number of a topic's messages that the group will read, or read again.
func (r *relay) uncommitted(topic string) int {
	messages := r.written(topic)
	for _, commit := range r.broker.GroupInfo(deliveryGroup).Commits[topic] {
		messages -= int(commit.Offset)
	}
	return messages
}

// logOffset is between the number of a request that has spans and one that is logged.
const logOffset = 200_000

// sendRound sends the spans of requests that pass two services, those of the inner one, and
// as many records of a log. It returns the spans of the outer service, which come later.
func (r *relay) sendRound(from, to int) (edges ptrace.Traces) {
	r.t.Helper()
	edges, apps := chained(newRequests(from, to), from)
	r.sendTraces(r.over, apps)
	r.sendLogs(r.over, hostLogs(from, to))
	return edges
}

// hostLogs are records of requests, all of one web server.
func hostLogs(from, to int) plog.Logs {
	ld, _ := newLogs(newRequests(logOffset+from, logOffset+to))
	ld.ResourceLogs().At(0).Resource().Attributes().PutStr("host.name", pick(from/(to-from), "web-1", "web-2", "web-3"))
	return ld
}

// requireOnce requires one visit of each request and each record that was sent.
func (r *relay) requireOnce(requests int) {
	r.t.Helper()
	got := numbers(r.t, r.api)
	for n := range requests {
		assert.Equal(r.t, 1, got[n], "request %d", n)
		assert.Equal(r.t, 1, got[logOffset+n], "record %d", n)
	}
}
