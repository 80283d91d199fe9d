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

// The storage scenarios make the disk fail.
var storage = []Scenario{
	{Name: "full disk, then space and a restart", run: func(t *trial) {
		t.configure("storage.yaml")
		d := t.mount("size=256k")
		t.tcpProxy.close()
		t.start()
		t.send(t.size(20_000, 40_000))
		t.assertLogged(overflowMessage, 1)
		require.NoError(t, t.tcpProxy.open())
		t.awaitIdle()
		d.remount("size=64m")
		t.terminate()
		t.start()
		t.awaitDeliveredExcept("not_queued")
	}},
	{Name: "start-up on a full disk", run: func(t *trial) {
		t.configure("storage.yaml")
		d := t.mount("size=256k")
		t.tcpProxy.close()
		t.start()
		t.send(t.size(20_000, 40_000))
		t.stop()
		require.NoError(t, t.tcpProxy.open())
		t.start()
		t.awaitIdle()
		d.remount("size=64m")
		t.awaitDeliveredExcept("not_queued")
	}},
	{Name: "read-only disk: start-up fails with the reason", run: func(t *trial) {
		t.configure("storage.yaml")
		t.mount("ro")
		t.launch()
		t.eventually(startLimit, func() error {
			if t.process.running() {
				return errors.New("the Collector runs without its queue")
			}
			return nil
		})
		assert.Positive(t, t.process.ExitCode(), "exit code")
		t.awaitLogged("read-only file system", 1)
		t.awaitLogged(filepath.Join(t.dir, "queue"), 1)
	}},
}

// disk is a small file system for the queue. Only the Collector sees it.
type disk struct {
	t     *trial
	enter []string // the command that runs another one in the disk's mount namespace
	path  string
}

// mount makes a disk in a new mount namespace. A child process keeps the namespace until
// the scenario ends, so nothing is left behind. This needs Linux and user namespaces.
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
	t.cleanUps = append(t.cleanUps, func() {
		_ = stdin.Close() // ends cat
		_ = keeper.Wait()
	})
	if line, _ := bufio.NewReader(stdout).ReadString('\n'); line != "mounted\n" {
		t.skip("no small disk can be mounted here: this needs Linux and user namespaces")
	}
	t.wrapper = []string{"nsenter", "--preserve-credentials", "--user", "--mount", "--target", strconv.Itoa(keeper.Process.Pid)}
	return &disk{t: t, enter: t.wrapper, path: path}
}

// remount changes the mount options of the disk.
func (d *disk) remount(options string) {
	args := append(d.enter[1:len(d.enter):len(d.enter)], "mount", "-o", "remount,"+options, d.path)
	output, err := exec.CommandContext(d.t.ctx, d.enter[0], args...).CombinedOutput()
	require.NoError(d.t, err, "%s", output)
}

// awaitIdle waits until the Collector sends no more visits.
func (t *trial) awaitIdle() {
	before := -1
	t.eventually(startLimit, func() error {
		t.sleep(500 * time.Millisecond) // several times the flush timeout
		c, err := t.scrape()
		require.NoError(t, err)
		if sent := c.sent; sent != before {
			before = sent
			return errNotYet
		}
		return nil
	})
}
