// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Another seed makes other random choices.
var seed = flag.Uint64("seed", 1, "seed of the random choices")

func TestMain(m *testing.M) {
	flag.Parse()
	// Scenarios mostly wait, so more of them than cores can run at a time.
	_ = flag.Set("test.parallel", "6")
	os.Exit(m.Run())
}

func TestNothingThatCanBeDeliveredIsLost(t *testing.T) {
	binary, err := FindCollector(filepath.Join("..", "..", "bin", "agent-visits-collector"))
	if err != nil {
		t.Fatal(err)
	}
	for _, scenario := range Scenarios() {
		if !scenario.InShort() {
			continue
		}
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			r := scenario.Run(t.Context(), Settings{
				Binary: binary, Seed: *seed,
				Log: func(_, text string) { t.Logf("The Collector's log:\n%s", text) },
			})
			t.Logf("%s", fmt.Sprintf("%+v", r))
			if r.Skipped != "" {
				t.Skip(r.Skipped)
			}
			for _, failure := range r.Failures {
				t.Error(failure)
			}
		})
	}
}
