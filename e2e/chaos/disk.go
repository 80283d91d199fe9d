// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"bufio"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// storage scenarios make the disk fail.
var storage = []Scenario{
	{Name: "disk full, then space and a restart", run: func(t *trial) {
		t.configure("storage.yaml")
		d := t.mount("size=256k")
		t.proxy.close()
		t.start()
		t.send(t.times(20_000, 40_000))
		t.logged(overflowMessage, 1)
		require.NoError(t, t.proxy.open())
		t.awaitIdle()
		d.remount("size=64m")
		t.terminate()
		t.start()
		t.arriveBut("not_queued")
	}},
	{Name: "start on a full disk", run: func(t *trial) {
		t.configure("storage.yaml")
		d := t.mount("size=256k")
		t.proxy.close()
		t.start()
		t.send(t.times(20_000, 40_000))
		t.stop()
		require.NoError(t, t.proxy.open())
		t.start()
		t.awaitIdle()
		d.remount("size=64m")
		t.arriveBut("not_queued")
	}},
	{Name: "disk read-only: no start, and the reason", run: func(t *trial) {
		t.configure("storage.yaml")
		t.mount("ro")
		t.launch()
		t.eventually(startLimit, func() error {
			if t.process.Running() {
				return errors.New("the Collector runs without its queue")
			}
			return nil
		})
		assert.Positive(t, t.process.ExitCode(), "exit code")
		assert.Positive(t, t.log.count("read-only file system"))
		assert.Positive(t, t.log.count(filepath.Join(t.dir, "queue")))
	}},
}

// disk is a small file system for the queue, which the Collector alone sees.
type disk struct {
	t     *trial
	enter []string // the program, with arguments, that runs another where the disk is
	path  string
}

// mount makes a disk. It belongs to a mount namespace, which a process of ours
// keeps until the scenario ends, so nothing is left behind. That takes Linux's
// user namespaces.
func (t *trial) mount(options string) *disk {
	path := filepath.Join(t.dir, "queue")
	keeper := exec.CommandContext(t.ctx, "unshare", "--user", "--map-root-user", "--mount",
		"sh", "-c", `mount -t tmpfs -o "$1" none "$0" && echo mounted && exec cat`, path, options)
	stdin, err := keeper.StdinPipe()
	require.NoError(t, err)
	stdout, err := keeper.StdoutPipe()
	require.NoError(t, err)
	if err := keeper.Start(); err != nil {
		t.skip(fmt.Sprintf("no small disk can be mounted here: %v", err))
	}
	t.undo = append(t.undo, func() {
		_ = stdin.Close() // ends cat
		_ = keeper.Wait()
	})
	if line, _ := bufio.NewReader(stdout).ReadString('\n'); line != "mounted\n" {
		t.skip("no small disk can be mounted here: that takes Linux and its user namespaces")
	}
	t.around = []string{"nsenter", "--preserve-credentials", "--user", "--mount", "--target", strconv.Itoa(keeper.Process.Pid)}
	return &disk{t: t, enter: t.around, path: path}
}

// remount changes the options of the disk.
func (d *disk) remount(options string) {
	args := append(d.enter[1:len(d.enter):len(d.enter)], "mount", "-o", "remount,"+options, d.path)
	output, err := exec.CommandContext(d.t.ctx, d.enter[0], args...).CombinedOutput()
	require.NoError(d.t, err, "%s", output)
}

// awaitIdle waits until the Collector has nothing more to send.
func (t *trial) awaitIdle() {
	before := -1
	t.eventually(startLimit, func() error {
		t.pass(500 * time.Millisecond) // several times the flush timeout
		c, err := t.scrape()
		require.NoError(t, err)
		if sent := c.sent; sent != before {
			before = sent
			return errNotYet
		}
		return nil
	})
}
