// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"hash/maphash"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/accesslog"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// columnReader reads lines in columns. What the names of the columns are can stand in
// the header of the line's file, which may have come in another payload.
type columnReader struct {
	headers *accesslog.Headers

	// Where the lines come from.
	resource   pcommon.Resource
	scope      pcommon.InstrumentationScope
	record     plog.LogRecord
	isInner    bool   // the text is a member of the record's body, not the body
	origin     uint64 // of resource and scope, if known
	isKnown    bool   // origin is known
	source     string // what syslog says where the line is from
	file       uint64 // of the latest line that needed it; see fileOf
	header     accesslog.Header
	headerRead bool // header is that of file

	columns  accesslog.Columns
	layout   *accesslog.Layout // of which mappings is
	mappings []*mapping.Mapping
}

// noResource and noScope are those of records whose translator entered none.
var noResource, noScope = pcommon.NewResource(), pcommon.NewInstrumentationScope()

func newColumnReader() columnReader {
	return columnReader{headers: accesslog.NewHeaders(), resource: noResource, scope: noScope}
}

func (r *columnReader) enterResource(resource pcommon.Resource) {
	r.columns.Doubt = ""
	r.resource, r.isKnown, r.headerRead = resource, false, false
}

func (r *columnReader) enterScope(scope pcommon.InstrumentationScope) {
	r.scope, r.isKnown, r.headerRead = scope, false, false
}

func (r *columnReader) enterRecord(record plog.LogRecord) {
	r.record, r.isInner, r.columns.Doubt = record, false, ""
}

// enterSource says which machine or container a line is from that syslog or a runtime carries.
func (r *columnReader) enterSource(source string) {
	r.source, r.headerRead = source, false
}

// forget lets go of the payload's memory.
func (r *columnReader) forget() {
	if r.columns.Layout != nil {
		r.columns.Forget()
	}
	r.resource, r.scope, r.record, r.header = noResource, noScope, plog.LogRecord{}, accesslog.Header{}
	r.isKnown, r.headerRead = false, false
}

// encodings are those of the ways in which columns are written.
var encodings = [...]mapping.Encoding{
	accesslog.WithEscapes: mapping.ByteEscapes,
	accesslog.Verbatim:    mapping.Verbatim,
	accesslog.WithPercent: mapping.PercentCode,
	accesslog.WithPlus:    mapping.PlusForSpace,
}

// readColumns stores what a line in columns says. It reports whether the line is in
// columns, even if it says nothing, as those of a header.
func (t *Translator) readColumns(line string) bool {
	r := &t.columns
	if accesslog.IsDirective(line) {
		r.note(line)
		return true
	}
	if r.headers.Any() {
		r.findHeader()
	}
	c := &r.columns
	if !c.Read(line, &r.header) {
		return r.header.Owns(line)
	}
	t.mapColumns(c.Layout)
	for i, m := range r.mappings {
		if text := c.Text(i); m != nil && text != "" && text != "-" {
			t.facts.storeText(m, text)
		}
	}
	for key, text := range c.Extra() {
		if m := lookup(t, key); m != nil {
			t.facts.storeText(m, text)
		}
	}
	t.facts.columnEncoding = encodings[c.Writing]
	t.facts.storeColumnTime(c, &r.header)
	return true
}

// storeColumnTime stores the time of day and day, unless another column has a whole
// time.
func (f *facts) storeColumnTime(c *accesslog.Columns, header *accesslog.Header) {
	nanos, ok := c.Time.In(f.zone, header)
	switch {
	case !ok || f.has(visit.EndTime):
	case c.Layout.IsStart:
		f.set(visit.StartTime, mapping.FromLine, "", nanos)
	case c.Time.WholeSeconds:
		f.set(visit.EndTime, mapping.FromLine, value.InSeconds, nanos)
	default:
		f.set(visit.EndTime, mapping.FromLine, "", nanos)
	}
}

// mapColumns finds the mapping of each column, unless it is known already. A name that
// the user gave to a field comes before what the name means otherwise.
func (t *Translator) mapColumns(l *accesslog.Layout) {
	r := &t.columns
	if r.layout == l {
		return
	}
	r.layout, r.mappings = l, r.mappings[:0]
	for i, key := range l.Keys {
		m := lookup(t, key)
		if l.Names != nil {
			if own := lookup(t, l.Names[i]); own != nil && own.IsOwn() {
				m = own
			}
		}
		r.mappings = append(r.mappings, m)
	}
}

// note remembers what a line of a header says. Where the record names no file, a text
// can be a visitor's, such as a message that an application logs. Then the text of a
// member of the record does not count, and a header counts only if the lines that follow
// it begin with day and time.
func (r *columnReader) note(line string) {
	_, isOfFile := r.fileName()
	if r.isInner && !isOfFile {
		return
	}
	r.findHeader()
	header, changed := r.header.With(line)
	if changed && (isOfFile || header.Layout == nil || header.Layout.IsDated()) {
		r.header = header
		r.headers.Set(r.file, header)
	}
}

// findHeader finds the header of the file that the record is from.
func (r *columnReader) findHeader() {
	if file := r.fileOf(); file != r.file || !r.headerRead {
		r.file, r.header, r.headerRead = file, r.headers.Of(file), true
	}
}

// seed makes numbers of files that nobody can foresee.
var seed = maphash.MakeSeed()

// fileOf is a number for where a line comes from: its resource, its scope, and the file
// if the record names one.
func (r *columnReader) fileOf() uint64 {
	if !r.isKnown {
		r.origin, r.isKnown = originOf(r.resource, r.scope), true
	}
	name, _ := r.fileName()
	return r.origin + maphash.String(seed, name) + maphash.String(seed, r.source)
}

// originOf does not depend on the order of attributes.
func originOf(resource pcommon.Resource, scope pcommon.InstrumentationScope) uint64 {
	sum := maphash.String(seed, scope.Name())
	for key, v := range resource.Attributes().All() {
		sum += maphash.String(seed, key+"="+v.AsString())
	}
	return sum
}

// fileName is the file that the record names, as the file receiver and Filebeat do.
func (r *columnReader) fileName() (name string, ok bool) {
	if name, ok = fileNameIn(r.record.Attributes()); ok || r.record.Body().Type() != pcommon.ValueTypeMap {
		return name, ok
	}
	body := r.record.Body().Map()
	if name, ok = fileNameIn(body); ok {
		return name, ok
	}
	if log, ok := mapIn(body, "log"); ok {
		if file, ok := mapIn(log, "file"); ok {
			return textIn(file, "path")
		}
	}
	return "", false
}

// mapIn returns the map under a key.
func mapIn(m pcommon.Map, key string) (pcommon.Map, bool) {
	if v, ok := m.Get(key); ok && v.Type() == pcommon.ValueTypeMap {
		return v.Map(), true
	}
	return pcommon.Map{}, false
}

// fileNameIn is the path in a map, or else the name without the folder.
func fileNameIn(m pcommon.Map) (name string, ok bool) {
	if name, ok = textIn(m, "log.file.path"); !ok {
		name, ok = textIn(m, "log.file.name")
	}
	return name, ok
}

func textIn(m pcommon.Map, key string) (text string, ok bool) {
	v, ok := m.Get(key)
	if !ok {
		return "", false
	}
	return v.Str(), v.Str() != ""
}
