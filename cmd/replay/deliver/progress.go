// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/agentvisits/agentvisitsexporter/internal/arrivals"
	"github.com/agentvisits/agentvisitsexporter/internal/report"
)

// progress tells people how far a run is: on a terminal in one line, which is written
// again and again, and elsewhere in a line now and then.
type progress struct {
	out      io.Writer
	terminal bool
	begun    time.Time
	file     atomic.Int64

	lock  sync.Mutex // for out
	shown bool       // the line stands at the end of out
	stop  chan struct{}
	done  sync.WaitGroup
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, stop: make(chan struct{})}
	if file, ok := out.(*os.File); ok {
		info, err := file.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// begin begins to tell.
func (p *progress) begin(d *replay) {
	p.begun = time.Now()
	every := 10 * time.Second
	if p.terminal {
		every = time.Second
	}
	p.done.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.show(p.line(d, time.Since(p.begun)))
			case <-p.stop:
				return
			}
		}
	})
}

// at says which file is being read.
func (p *progress) at(file int) { p.file.Store(int64(file)) }

func (p *progress) end() {
	close(p.stop)
	p.done.Wait()
	p.clear()
}

// line is such as: file 3 of 5, 41 %, 12,000 visits, 800 visits/s, 2m left.
func (p *progress) line(d *replay, passed time.Duration) string {
	size, read := int64(0), int64(0)
	for _, f := range d.files {
		size += f.Size
		read += min(f.Read(), f.Size)
	}
	sent := d.totals.sentSoFar()
	line := fmt.Sprintf("file %d of %d", p.file.Load()+1, len(d.files))
	if size > 0 {
		line += fmt.Sprintf(", %d %%", read*100/size)
	}
	line += fmt.Sprintf(", %s visits, %.0f visits/s", report.Number(uint64(sent)), float64(sent)/passed.Seconds())
	if read > 0 && read < size {
		left := time.Duration(float64(passed) * float64(size-read) / float64(read))
		line += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	return line
}

func (p *progress) show(line string) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%s", line)
		p.shown = true
		return
	}
	fmt.Fprintln(p.out, line)
}

// clear takes the line away.
func (p *progress) clear() {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.shown = false
	}
}

// Write writes what the exporter logs, above the line.
func (p *progress) Write(b []byte) (int, error) {
	p.clear()
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.out.Write(b)
}

// logger is for the exporter. It shows what people must do something about.
func (p *progress) logger() *zap.Logger {
	config := zap.NewDevelopmentEncoderConfig()
	config.EncodeTime = zapcore.TimeEncoderOfLayout(time.TimeOnly)
	config.CallerKey, config.StacktraceKey = "", ""
	return zap.New(withoutSilence{zapcore.NewCore(zapcore.NewConsoleEncoder(config), zapcore.AddSync(p), zapcore.WarnLevel)})
}

// withoutSilence leaves out that nothing reaches an exporter: a run knows what it hands on,
// and a lane without a chunk is no fault.
type withoutSilence struct{ zapcore.Core }

// With adds fields.
func (c withoutSilence) With(fields []zapcore.Field) zapcore.Core {
	return withoutSilence{c.Core.With(fields)}
}

// Check decides whether an entry is written.
func (c withoutSilence) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if strings.HasPrefix(entry.Message, arrivals.Silence) {
		return checked
	}
	return c.Core.Check(entry, checked)
}
