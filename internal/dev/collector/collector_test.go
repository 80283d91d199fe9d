// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The fake Collector is this test binary, started with these environment variables.
const (
	fakeMode = "FAKE_COLLECTOR" // how it behaves
	fakePort = "FAKE_HEALTH_PORT"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(fakeMode); mode != "" {
		os.Exit(fakeCollector(mode))
	}
	os.Exit(m.Run())
}

// fakeCollector behaves according to the mode and returns the exit code.
func fakeCollector(mode string) int {
	fmt.Println("fake collector with", strings.Join(os.Args[1:], " "))
	terminate := make(chan os.Signal, 1)
	switch mode {
	case "parent":
		return fakeParent()
	case "broken":
		fmt.Fprintln(os.Stderr, "error: 'exporters' unknown type: \"agent_visit\"")
		return 3
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
	default: // "healthy", "slow", "sick", "failing stop"
		signal.Notify(terminate, syscall.SIGTERM)
	}
	var asked atomic.Int32
	health := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if mode == "sick" || mode == "slow" && asked.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	go func() { _ = http.ListenAndServe("127.0.0.1:"+os.Getenv(fakePort), health) }()
	select {
	case <-terminate:
	case <-time.After(time.Minute): // does not outlive a broken test for long
		return 9
	}
	fmt.Println("shutdown complete")
	if mode == "failing stop" {
		return 4
	}
	return 0
}

// fakeParent starts a fake Collector and waits to be killed.
func fakeParent() int {
	p, err := Start(context.Background(), Settings{
		Binary:    os.Args[0],
		Env:       []string{fakeMode + "=healthy"},
		HealthURL: "http://127.0.0.1:" + os.Getenv(fakePort),
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	_ = p.Wait(context.Background())
	return 2
}

// start runs the fake Collector in a mode and kills it after the test.
func start(t *testing.T, ctx context.Context, mode string, log *bytes.Buffer) (*Process, error) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ports, err := FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Start(ctx, Settings{
		Binary:    binary,
		Configs:   []string{"a.yaml", "yaml:b: 1"},
		Env:       []string{fakeMode + "=" + mode, fmt.Sprintf("%s=%d", fakePort, ports[0])},
		Log:       log,
		HealthURL: fmt.Sprintf("http://127.0.0.1:%d/", ports[0]),
	})
	if p != nil {
		t.Cleanup(func() { _ = p.Kill() })
	}
	return p, err
}

func TestStartWaitsForHealthAndStopEndsTheCollector(t *testing.T) {
	for _, mode := range []string{"healthy", "slow"} {
		t.Run(mode, func(t *testing.T) {
			var log bytes.Buffer
			p, err := start(t, t.Context(), mode, &log)
			if err != nil {
				t.Fatal(err)
			}
			if code := p.ExitCode(); code != -1 {
				t.Errorf("exit code of a running collector = %d, want -1", code)
			}
			if err := p.Stop(t.Context()); err != nil {
				t.Errorf("stop: %v", err)
			}
			if code := p.ExitCode(); code != 0 {
				t.Errorf("exit code = %d, want 0", code)
			}
			if err := p.Stop(t.Context()); err != nil {
				t.Errorf("second stop: %v", err)
			}
			want := "fake collector with --config a.yaml --config yaml:b: 1\nshutdown complete\n"
			if log.String() != want {
				t.Errorf("log = %q, want %q", log.String(), want)
			}
		})
	}
}

func TestStartFailsWithTheLogIfTheCollectorEnds(t *testing.T) {
	var log bytes.Buffer
	_, err := start(t, t.Context(), "broken", &log)
	if err == nil {
		t.Fatal("start succeeded although the collector ended")
	}
	for _, want := range []string{"ended by itself", "exit status 3", "unknown type"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not contain %q", err, want)
		}
	}
}

func TestStartFailsWithItsContextAndLeavesNoProcess(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var log bytes.Buffer
	p, err := start(t, ctx, "sick", &log)
	if err == nil {
		t.Fatal("start succeeded although the collector was never healthy")
	}
	if p != nil {
		t.Error("a failed start returned a process")
	}
	// The log is a plain buffer, so the race detector notices if a child still writes
	// to it.
	if log.Len() == 0 && strings.Contains(err.Error(), "503") {
		t.Error("the collector answered but its log was lost")
	}
}

func TestStartNamesAMissingBinary(t *testing.T) {
	_, err := Start(t.Context(), Settings{Binary: "no/such/collector"})
	if err == nil || !strings.Contains(err.Error(), "no/such/collector") {
		t.Errorf("error = %v, want one that names the binary", err)
	}
}

func TestStopKillsACollectorThatDoesNotStop(t *testing.T) {
	p, err := start(t, t.Context(), "stubborn", &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Stop(ctx); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("stop = %v, want an error that says it was killed", err)
	}
	select {
	case <-p.Done():
	default:
		t.Error("the collector still runs")
	}
	if code := p.ExitCode(); code != -1 {
		t.Errorf("exit code of a killed collector = %d, want -1", code)
	}
}

func TestStopReportsAFailingExit(t *testing.T) {
	p, err := start(t, t.Context(), "failing stop", &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(t.Context()); err == nil || !strings.Contains(err.Error(), "exit status 4") {
		t.Errorf("stop = %v, want exit status 4", err)
	}
	if code := p.ExitCode(); code != 4 {
		t.Errorf("exit code = %d, want 4", code)
	}
}

func TestKillEndsTheCollectorAtOnce(t *testing.T) {
	p, err := start(t, t.Context(), "stubborn", &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("wait for a running collector = %v, want %v", err, context.Canceled)
	}
	for range 2 {
		if err := p.Kill(); err != nil {
			t.Errorf("kill: %v", err)
		}
	}
	if err := p.Wait(t.Context()); err == nil {
		t.Error("wait for a killed collector returned no error")
	}
}

func TestFreePortsAreDifferent(t *testing.T) {
	ports, err := FreePorts(20)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, port := range ports {
		if port <= 0 || seen[port] {
			t.Errorf("port %d of %v is invalid or occurs twice", port, ports)
		}
		seen[port] = true
	}
}

func TestTailKeepsTheLastLines(t *testing.T) {
	var kept tail
	for i := range 1000 {
		fmt.Fprintf(&kept, "line %d\n", i)
	}
	lines := strings.Split(kept.String(), "\n")
	if len(lines) != tailLines || lines[0] != "line 980" || lines[19] != "line 999" {
		t.Errorf("kept %d lines, %q to %q", len(lines), lines[0], lines[len(lines)-1])
	}
	fmt.Fprint(&kept, strings.Repeat("x", 3*tailBytes))
	if len(kept.String()) > tailBytes {
		t.Errorf("kept %d bytes, want at most %d", len(kept.String()), tailBytes)
	}
}
