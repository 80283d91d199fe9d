// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

const (
	// stopLimit is how long Stop waits when its context has no deadline. It is
	// longer than the exporter's default timeout for one HTTP request (30 s).
	stopLimit = 40 * time.Second
	// outputLimit is how long to wait for more output after the child has ended,
	// from processes that it left behind.
	outputLimit = 2 * time.Second
	// pollFirst and pollLongest are the first and the longest wait between two checks
	// of Await.
	pollFirst   = 20 * time.Millisecond
	pollLongest = 500 * time.Millisecond
)

// Command describes a program to launch.
type Command struct {
	Path string
	Args []string
	Env  []string  // "NAME=value" entries that are added to this process's environment
	Log  io.Writer // receives standard output and error; nil discards them
}

// Process is a child process. It has its own process group, so that Ctrl-C in the
// terminal reaches only this process, which then stops its children gracefully. On
// Linux the child also ends when this process is killed.
type Process struct {
	name string
	cmd  *exec.Cmd
	tail *tail
	done chan struct{} // closed when the child has ended and its output has been read
	err  error         // how the child ended; read it only after done is closed
}

// Launch starts the program and returns without waiting for it.
func Launch(command Command) (*Process, error) {
	p := &Process{name: filepath.Base(command.Path), tail: &tail{}, done: make(chan struct{})}
	var out io.Writer = p.tail
	if command.Log != nil {
		out = io.MultiWriter(p.tail, command.Log)
	}
	p.cmd = exec.Command(command.Path, command.Args...) //nolint:gosec,noctx // the purpose is to run what the caller names for as long as the caller wants
	p.cmd.Env = append(os.Environ(), command.Env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.WaitDelay = outputLimit
	p.cmd.SysProcAttr = ownGroup()

	started := make(chan error, 1)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Path, err)
	}
	return p, nil
}

// run starts the child and waits for its end on one thread. Linux kills the child when
// the thread that started it ends, so that thread must live as long as the child.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.cmd.Wait()
	close(p.done)
}

// PID is the child's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the child has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// LastLines returns the last lines that the child printed, for error messages.
func (p *Process) LastLines() string { return p.tail.String() }

// ExitCode is the child's exit code, or -1 if it still runs or a signal ended it.
func (p *Process) ExitCode() int {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	default:
		return -1
	}
}

// Wait waits until the child has ended and returns an error unless its exit code is
// 0. If ctx is done first, Wait returns the cause.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.exitError()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Await calls ready until it returns nil, and waits longer after each call. It fails
// if the child ends or ctx is done first. The error holds the last error of ready and
// the last lines of the child's output. Await does not stop the child.
func (p *Process) Await(ctx context.Context, ready func(context.Context) error) error {
	wait := pollFirst
	ticker := time.NewTicker(wait)
	defer ticker.Stop()
	for {
		notReady := ready(ctx)
		if notReady == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended by itself: %w", p.name, p.withLastLines(p.err))
		case <-ctx.Done():
			return p.withLastLines(fmt.Errorf("%s is not ready (%w): %w", p.name, notReady, context.Cause(ctx)))
		case <-ticker.C:
			wait = min(2*wait, pollLongest)
			ticker.Reset(wait)
		}
	}
}

// Stop asks the child to end (SIGTERM) and waits until it has. It kills the child when
// ctx is done, or after 40 seconds if ctx has no deadline. The error says that the
// child was killed, or how it failed. It is nil if the exit code is 0. Stop returns the
// same for a child that has already ended.
func (p *Process) Stop(ctx context.Context) error {
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, stopLimit)
		defer cancel()
	}
	// An error means that the child has just ended, or that the system has no such
	// signal. In both cases it is right to wait, and to kill the child at the limit.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return p.exitError()
	case <-ctx.Done():
		_ = p.Kill()
		return fmt.Errorf("%s did not stop in time and was killed: %w", p.name, p.withLastLines(context.Cause(ctx)))
	}
}

// Kill ends the child at once (SIGKILL) and waits until it is gone. It does nothing if
// the child has already ended.
func (p *Process) Kill() error {
	err := p.cmd.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	if err == nil {
		<-p.done
	}
	return err
}

// exitError says how the child ended. It is nil for exit code 0.
func (p *Process) exitError() error {
	if p.err == nil {
		return nil
	}
	return fmt.Errorf("%s ended: %w", p.name, p.withLastLines(p.err))
}

// withLastLines adds the child's last lines to err. A nil err stands for exit code 0.
func (p *Process) withLastLines(err error) error {
	if err == nil {
		err = errors.New("exit status 0")
	}
	lines := p.LastLines()
	if lines == "" {
		return fmt.Errorf("%w (it printed nothing)", err)
	}
	return fmt.Errorf("%w; its last lines:\n%s", err, lines)
}
