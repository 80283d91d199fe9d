// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/grpc"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// perScalePayload is the number of visits in a payload, as SDKs and agents batch them.
const perScalePayload = 500

// scale is a load at a rate, and the Collectors that share it.
type scale struct {
	*rig                       // has the API
	signal  string             // traces or logs
	rate    int                // visits a second
	visits  int                // in all
	entries []*grpc.ClientConn // of Collectors that take the load in turns
}

// TestScaleIsWhatTheTableSays measures what Collectors cost at a rate, for the table in
// docs/production.md: one, two side by side, and some with Kafka between. It asserts that
// everything arrives. It says the rest, because other machines are faster or slower.
func TestScaleIsWhatTheTableSays(t *testing.T) {
	rate := scaleRate(t)
	for _, signal := range []string{"traces", "logs"} {
		for _, n := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, gateways: %d", signal, n), func(t *testing.T) { besideEachOther(t, signal, rate, n) })
			t.Run(fmt.Sprintf("%s, Kafka, queues on disk: %d", signal, n), func(t *testing.T) { overKafka(t, signal, rate, n) })
			t.Run(fmt.Sprintf("%s, Kafka, queues in memory: %d", signal, n), func(t *testing.T) { overKafka(t, signal, rate, n, "kafka_memory.yaml") })
		}
	}
}

// scaleRate is the rate that the environment asks for.
func scaleRate(t *testing.T) int {
	t.Helper()
	if os.Getenv("SCALE") == "" {
		t.Skip("it takes minutes of a quiet machine: SCALE=10000 is the rate")
	}
	rate, err := strconv.Atoi(os.Getenv("SCALE"))
	require.NoError(t, err)
	return rate
}

// visitsInFullQueue are more than the default queue of 64 MiB takes.
const visitsInFullQueue = 200_000

// TestMemoryOfAnOutage measures the memory of a gateway whose queues are in memory, while
// the APIs take visits and in an outage that fills the queues, with one destination and with
// both, for docs/production.md.
func TestMemoryOfAnOutage(t *testing.T) {
	rate := scaleRate(t)
	for _, exporters := range []string{"[agent_visits/known_agents]", "[agent_visits/known_agents, agent_visits/scrunch]"} {
		t.Run(exporters, func(t *testing.T) {
			s := &scale{rig: newRig(t, fakeapi.Settings{CountsOnly: true}, "scale_memory.yaml"), signal: "traces", rate: rate}
			s.env["E2E_EXPORTERS"] = exporters
			s.start()
			s.entries = []*grpc.ClientConn{s.connect()}
			s.send(visitsInFullQueue / rate)
			t.Logf("%d MiB at most while the APIs take visits", s.peak()>>20)
			s.stop()

			s.env["E2E_KNOWN_AGENTS_ENDPOINT"], s.env["E2E_SCRUNCH_ENDPOINT"] = "http://127.0.0.1:1", "http://127.0.0.1:1"
			s.start()
			s.entries = []*grpc.ClientConn{s.connect()}
			s.offer(visitsInFullQueue / rate)
			t.Logf("%d MiB at most in an outage", s.peak()>>20)
			s.kill()
		})
	}
}

// besideEachOther measures gateways that take the load by turns.
func besideEachOther(t *testing.T, signal string, rate, n int) {
	t.Helper()
	s := &scale{signal: signal, rate: rate}
	gateways := []*rig{}
	for range n {
		r := newRig(t, fakeapi.Settings{CountsOnly: true}, "scale_gateway.yaml")
		if s.rig == nil {
			s.rig = r
		}
		r.env["E2E_KNOWN_AGENTS_ENDPOINT"] = s.env["E2E_KNOWN_AGENTS_ENDPOINT"]
		r.start()
		gateways, s.entries = append(gateways, r), append(s.entries, r.connect())
	}
	s.measure(map[string][]*rig{"gateway": gateways})
}

// overKafka measures a Collector that writes to Kafka, and those that read there.
func overKafka(t *testing.T, signal string, rate, n int, changes ...string) {
	t.Helper()
	r := newRelay(t, fakeapi.Settings{CountsOnly: true})
	s := &scale{rig: r.rig, signal: signal, rate: rate, entries: []*grpc.ClientConn{r.over}}
	consumers := []*rig{}
	for range n {
		one := newRig(t, fakeapi.Settings{})
		one.env["E2E_KNOWN_AGENTS_ENDPOINT"] = r.env["E2E_KNOWN_AGENTS_ENDPOINT"]
		r.launch(one, "delivering.yaml", append([]string{"scale_delivering.yaml"}, changes...)...)
		consumers = append(consumers, one)
	}
	r.awaitShared(n)
	s.measure(map[string][]*rig{"collecting": {r.rig}, "delivering": consumers})
	kept := int64(0)
	for _, topic := range []string{spansTopic, logsTopic} {
		for _, partition := range r.broker.PartitionInfos(topic) {
			kept += partition.NumBytes
		}
	}
	t.Logf("Kafka: %d bytes for each visit", kept/int64(s.visits))
}

// measure sends the load for a warm-up and then for SCALE_SECONDS, 20 if that is not set, and
// says what each Collector cost.
func (s *scale) measure(roles map[string][]*rig) {
	s.t.Helper()
	seconds, err := strconv.Atoi(cmp.Or(os.Getenv("SCALE_SECONDS"), "20"))
	require.NoError(s.t, err)
	s.send(3)
	before := map[*rig]time.Duration{}
	for _, role := range roles {
		for _, r := range role {
			before[r] = r.cpu()
		}
	}
	from := s.visits
	s.send(seconds)
	n := float64(s.visits - from)
	for name, role := range roles {
		for _, r := range role {
			used := (r.cpu() - before[r]).Seconds()
			s.t.Logf("%s: %.1f %% of a core at %d visits a second, %.1f CPU seconds per million visits of its own, %d MiB at most, %d MiB on the disk",
				name, 100*used/n*float64(s.rate), s.rate, used/n*1e6*float64(len(role)), r.peak()>>20, r.onDisk()>>20)
		}
	}
}

// send sends the load for some seconds, and waits until it is delivered.
func (s *scale) send(seconds int) {
	s.t.Helper()
	s.offer(seconds)
	require.NoError(s.t, s.api.WaitVisits(s.ctx, fakeapi.KnownAgents, s.visits))
}

// offer sends the load for some seconds.
func (s *scale) offer(seconds int) {
	s.t.Helper()
	spans, logs := []ptrace.Traces{}, []plog.Logs{}
	for i := range 20 {
		requests := newRequests(i*perScalePayload, (i+1)*perScalePayload)
		spans = append(spans, newServerTraces(requests))
		logs = append(logs, nginxLogs(requests))
	}
	payloads := s.rate * seconds / perScalePayload
	ticker := time.NewTicker(time.Second * perScalePayload / time.Duration(s.rate))
	defer ticker.Stop()
	for i := range payloads {
		<-ticker.C
		over := s.entries[i%len(s.entries)]
		if s.signal == "traces" {
			s.sendTraces(over, spans[i%len(spans)])
		} else {
			s.sendLogs(over, logs[i%len(logs)])
		}
	}
	s.visits += payloads * perScalePayload
}

// nginxLogs are records of one of six web servers.
func nginxLogs(requests []request) plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("host.name", "web-"+strconv.Itoa(int(payloads.Add(1)%6)))
	records := rl.ScopeLogs().AppendEmpty().LogRecords()
	for _, r := range requests {
		putNginx(records.AppendEmpty().Attributes(), r)
	}
	return ld
}

// cpu is the user and system time of the Collector's process.
func (r *rig) cpu() time.Duration {
	r.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.process.PID()))
	require.NoError(r.t, err)
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	user, err := strconv.Atoi(string(fields[11]))
	require.NoError(r.t, err)
	system, err := strconv.Atoi(string(fields[12]))
	require.NoError(r.t, err)
	return time.Duration(user+system) * 10 * time.Millisecond // the kernel counts in hundredths
}

// peak is the most memory that the process has had resident, in bytes.
func (r *rig) peak() int64 { return r.memory("VmHWM:") }

// memory is what the kernel says of the process's memory under a name, in bytes.
func (r *rig) memory(name string) int64 {
	r.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.process.PID()))
	require.NoError(r.t, err)
	_, value, found := strings.Cut(string(status), name)
	require.True(r.t, found)
	kibibytes, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
	require.NoError(r.t, err)
	return kibibytes << 10
}

// onDisk is the size of the Collector's files, in bytes.
func (r *rig) onDisk() (size int64) {
	r.t.Helper()
	require.NoError(r.t, filepath.WalkDir(r.dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	}))
	return size
}
