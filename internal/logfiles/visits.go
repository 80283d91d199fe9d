// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package logfiles

import (
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/accesslog"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// FileKey is the attribute that names the file of a line, as the file receiver does.
const FileKey = "log.file.path"

// Reader translates the lines of chunks as the exporter does. It serves one goroutine at
// a time.
type Reader struct {
	translator *translate.Translator
	received   time.Time
	resource   pcommon.Resource
	scope      pcommon.InstrumentationScope
	record     plog.LogRecord
	file       pcommon.Value
}

// NewReader makes a reader. Lines that name no time get the given one, and times
// that name no zone are in its zone.
func NewReader(rules *translate.Rules, received time.Time) *Reader {
	r := &Reader{
		translator: translate.NewTranslator(rules, received.Location()), received: received,
		resource: pcommon.NewResource(), scope: pcommon.NewInstrumentationScope(), record: plog.NewLogRecord(),
	}
	r.file = r.record.Attributes().PutEmpty(FileKey)
	return r
}

// Each translates the lines of a chunk and calls each for each of them. The visit is
// valid until each returns, and nil if there is none.
func (r *Reader) Each(c *Chunk, each func(at Span, v *visit.Visit, skip visit.SkipReason)) {
	t := r.translator.Share(accesslog.NewHeaders()) // chunks come in any order
	t.Begin(r.received)
	t.EnterResource(r.resource)
	t.EnterScope(r.scope)
	r.file.SetStr(c.File.Name)
	for _, line := range c.Header {
		r.translate(line)
	}
	for at, line := range c.Lines() {
		v, skip := r.translate(line)
		each(at, v, skip)
	}
	t.End()
}

func (r *Reader) translate(line string) (*visit.Visit, visit.SkipReason) {
	r.record.Body().SetStr(line)
	return r.translator.LogRecord(r.record)
}

// HasTime reports whether a visit's line names the time.
func (r *Reader) HasTime(v *visit.Visit) bool { return v.Start != r.received.UnixNano() }

// maxLooked is how many lines are read to find a log's first time.
const maxLooked = 200

// TimeOf returns when the first visit in a text was, in Unix nanoseconds; 0: there is
// none that names its time.
func (r *Reader) TimeOf(text string) (first int64) {
	looked := 0
	_ = (&chunker{file: &File{}, limit: Limit{Lines: maxLooked}, yield: func(c Chunk) error {
		if looked++; first == 0 && looked < maxLooked {
			r.Each(&c, func(_ Span, v *visit.Visit, _ visit.SkipReason) {
				if first == 0 && v != nil && r.HasTime(v) {
					first = v.Start
				}
			})
		}
		return nil
	}}).cut(text[:strings.LastIndexByte(text, '\n')+1])
	return first
}
