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
	// outputLimit is how long an ended child's output may still come in from
	// processes that it left behind.
	outputLimit = 2 * time.Second
	// pollFirst and pollLongest bound the wait between two checks of Await.
	pollFirst   = 20 * time.Millisecond
	pollLongest = 500 * time.Millisecond
)

// Command is a program to launch.
type Command struct {
	Path string
	Args []string
	Env  []string  // "NAME=value", added to this process's environment
	Log  io.Writer // receives standard output and error; nil discards them
}

// Process is a child process. It is in a process group of its own, so that
// Ctrl-C on the terminal reaches only us and we end the children in order. On
// Linux the child also ends when this process is killed.
type Process struct {
	name string
	cmd  *exec.Cmd
	tail *tail
	done chan struct{} // closed when the child has ended and its output is read
	err  error         // how it ended; read only after done
}

// Launch starts the program and returns without waiting for it.
func Launch(command Command) (*Process, error) {
	p := &Process{name: filepath.Base(command.Path), tail: &tail{}, done: make(chan struct{})}
	var out io.Writer = p.tail
	if command.Log != nil {
		out = io.MultiWriter(p.tail, command.Log)
	}
	p.cmd = exec.Command(command.Path, command.Args...) //nolint:gosec,noctx // running what the caller names, for as long as the caller wants, is the purpose
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

// run starts the child and waits for its end on one thread: Linux sends the
// parent-death signal when the thread that started the child ends, so that
// thread must live as long as the child.
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

// LastLines are the last lines that the child printed, for error texts.
func (p *Process) LastLines() string { return p.tail.String() }

// ExitCode is the child's exit code, or -1 when it still runs or was ended by
// a signal.
func (p *Process) ExitCode() int {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	default:
		return -1
	}
}

// Wait returns when the child has ended, with an error unless its exit code
// was 0, or when ctx is done, with its error.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.ended()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Await asks ready again and again, waiting longer each time, until it returns
// nil. It fails when the child ends or ctx is done first; the error holds
// ready's last answer and the last lines of the child's output. The child is
// left as it is.
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
			return fmt.Errorf("%s ended by itself: %w", p.name, p.lastWords(p.err))
		case <-ctx.Done():
			return p.lastWords(fmt.Errorf("%s is not ready (%w): %w", p.name, notReady, context.Cause(ctx)))
		case <-ticker.C:
			wait = min(2*wait, pollLongest)
			ticker.Reset(wait)
		}
	}
}

// Stop asks the child to end (SIGTERM) and waits for it. When ctx is done, or
// after 40 seconds if ctx has no deadline, the child is killed. The error says
// that it had to be killed, or how it failed; nil means that its exit code was
// 0. Stopping a child that has ended already returns how it ended.
func (p *Process) Stop(ctx context.Context) error {
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, stopLimit)
		defer cancel()
	}
	// An error means that the child has just ended, or that the system has no
	// such signal; then waiting, and killing in the end, is right too.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return p.ended()
	case <-ctx.Done():
		_ = p.Kill()
		return fmt.Errorf("%s did not stop in time and was killed: %w", p.name, p.lastWords(context.Cause(ctx)))
	}
}

// Kill ends the child at once (SIGKILL) and waits until it is gone. Killing a
// child that has ended already does nothing.
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

// ended is the child's end as an error, nil for exit code 0.
func (p *Process) ended() error {
	if p.err == nil {
		return nil
	}
	return fmt.Errorf("%s ended: %w", p.name, p.lastWords(p.err))
}

// lastWords adds the child's last lines to err, which may be nil.
func (p *Process) lastWords(err error) error {
	if err == nil {
		err = errors.New("exit status 0")
	}
	lines := p.LastLines()
	if lines == "" {
		return fmt.Errorf("%w (it printed nothing)", err)
	}
	return fmt.Errorf("%w; its last lines:\n%s", err, lines)
}
