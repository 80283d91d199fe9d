// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package logfiles

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/accesslog"
)

// MaxLineBytes is the longest line that is read, as in the Collector's file_log receiver.
const MaxLineBytes = 1 << 20

// Chunk is some whole lines of a log that follow each other. No line of a header is
// among them.
type Chunk struct {
	File *File
	// From and To are where the lines begin and end in what the file holds, in bytes.
	From, To int64
	// Line is the number of the first line, from 1.
	Line int64
	// Header has the lines of a W3C log's header that are in force.
	Header []string
	// Text holds the lines. Each ends with a line break, except maybe a file's last.
	Text string
	// TooLong says that the chunk stands for one line longer than MaxLineBytes. It has no
	// text.
	TooLong bool
}

// IsCutOff reports whether the last line has no end, because somebody is writing it or
// because the file ends so.
func (c *Chunk) IsCutOff() bool { return c.Text != "" && c.Text[len(c.Text)-1] != '\n' }

// Lines yields each line that is not empty, without its end, and where it begins and
// ends in what the file holds.
func (c *Chunk) Lines() iter.Seq2[Span, string] {
	return func(yield func(Span, string) bool) {
		at := Span{From: c.From, To: c.From, Number: c.Line - 1}
		for rest := c.Text; rest != ""; {
			line := rest
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				line = rest[:end+1]
			}
			rest = rest[len(line):]
			at = Span{From: at.To, To: at.To + int64(len(line)), Number: at.Number + 1}
			if line = strings.TrimRight(line, "\r\n"); line != "" && !yield(at, line) {
				return
			}
		}
	}
}

// Span is where a line stands.
type Span struct {
	From, To int64 // in bytes
	Number   int64 // from 1
}

// Limit bounds a chunk.
type Limit struct {
	Bytes int // of text, about; at most MaxLineBytes
	Lines int // 0: any number
}

// Chunks calls yield for each chunk, from the beginning of the log to its end. An error
// of yield ends it and is returned. Another error says what could be read no further;
// everything before it was yielded.
func (f *File) Chunks(limit Limit, yield func(Chunk) error) error {
	r, err := f.open()
	if err != nil {
		return err
	}
	c := &chunker{file: f, limit: limit, yield: yield, line: 1}
	err = c.run(r)
	if f.stdin == nil {
		err = errors.Join(err, r.Close())
	}
	return err
}

// chunker cuts what a file holds into chunks.
type chunker struct {
	file   *File
	limit  Limit
	yield  func(Chunk) error
	at     int64
	line   int64
	header []string
}

func (c *chunker) run(r io.Reader) error {
	buffer, have := make([]byte, c.limit.Bytes, MaxLineBytes+1), 0
	for {
		n, err := fill(r, buffer[have:])
		have += n
		if err != nil {
			if fault := c.cut(string(buffer[:have])); fault != nil {
				return fault
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("%s cannot be read further than line %d: %w", c.file.Name, c.line, err)
		}
		end := bytes.LastIndexByte(buffer, '\n') + 1
		if end == 0 {
			if len(buffer) <= MaxLineBytes {
				grown := make([]byte, min(2*len(buffer), MaxLineBytes+1))
				have = copy(grown, buffer)
				buffer = grown
				continue
			}
			if err := c.skipLine(r, int64(have)); err != nil {
				return err
			}
			have = 0
			continue
		}
		if err := c.cut(string(buffer[:end])); err != nil {
			return err
		}
		have = copy(buffer, buffer[end:])
		if len(buffer) > c.limit.Bytes && have < c.limit.Bytes {
			buffer = buffer[:c.limit.Bytes]
		}
	}
}

// fill reads until the buffer is full. Unlike io.ReadFull it tells the end of a file from
// that of a compressed file which was cut off: the first is io.EOF.
func fill(r io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var more int
		more, err = r.Read(buffer[n:])
		n += more
	}
	return n, err
}

// skipLine passes over the rest of a line that is too long.
func (c *chunker) skipLine(r io.Reader, begun int64) error {
	size, buffered := begun, r.(*reader)
	for {
		part, err := buffered.ReadSlice('\n')
		size += int64(len(part))
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		chunk := Chunk{File: c.file, From: c.at, To: c.at + size, Line: c.line, TooLong: true}
		c.at, c.line = chunk.To, c.line+1
		if fault := c.yield(chunk); fault != nil {
			return fault
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
}

// cut yields a text of whole lines, without the lines of headers.
func (c *chunker) cut(text string) error {
	for text != "" {
		if accesslog.IsDirective(text) {
			line := firstLine(text)
			c.note(strings.TrimRight(line, "\r\n"))
			c.at, c.line, text = c.at+int64(len(line)), c.line+1, text[len(line):]
			continue
		}
		piece := text
		if i := strings.Index(text, "\n#"); i >= 0 {
			piece = text[:i+1]
		}
		if c.limit.Lines > 0 {
			piece = firstLines(piece, c.limit.Lines)
		}
		chunk := Chunk{File: c.file, From: c.at, To: c.at + int64(len(piece)), Line: c.line, Header: c.header, Text: piece}
		c.at, c.line, text = chunk.To, c.line+int64(strings.Count(piece, "\n")), text[len(piece):]
		if err := c.yield(chunk); err != nil {
			return err
		}
	}
	return nil
}

func firstLine(text string) string { return firstLines(text, 1) }

func firstLines(text string, n int) string {
	end := 0
	for ; n > 0; n-- {
		i := strings.IndexByte(text[end:], '\n')
		if i < 0 {
			return text
		}
		end += i + 1
	}
	return text[:end]
}

// maxDirectives bounds a header. Those that mean something are four.
const maxDirectives = 8

// note keeps a line of a header, in place of the one with the same name. Chunks that were
// yielded keep theirs.
func (c *chunker) note(line string) {
	name, _, found := strings.Cut(line, ":")
	if !found {
		return
	}
	header := slices.DeleteFunc(slices.Clone(c.header), func(l string) bool {
		other, _, _ := strings.Cut(l, ":")
		return strings.EqualFold(other, name)
	})
	if len(header) < maxDirectives {
		c.header = append(header, line)
	}
}
