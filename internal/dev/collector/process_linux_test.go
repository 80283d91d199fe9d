// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"
)

func TestACollectorEndsWhenItsParentIsKilled(t *testing.T) {
	ports, err := FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	url := "http://127.0.0.1:" + strconv.Itoa(ports[0])
	parent, err := Launch(Command{
		Path: os.Args[0],
		Env:  []string{fakeMode + "=parent", fakePort + "=" + strconv.Itoa(ports[0])},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := parent.Await(ctx, healthy(url)); err != nil {
		t.Fatal(err)
	}
	if err := parent.Kill(); err != nil {
		t.Fatal(err)
	}
	ticker := time.NewTicker(pollFirst)
	defer ticker.Stop()
	for healthy(url)(ctx) == nil {
		select {
		case <-ctx.Done():
			t.Fatal("the collector outlived its parent")
		case <-ticker.C:
		}
	}
}
