// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package logfiles

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

// Stdin is the name of standard input.
const Stdin = "-"

// HeadBytes is how many of a log's first bytes tell it from others.
const HeadBytes = 4 << 10

// peekBytes is how much of a log is read to find its first time.
const peekBytes = 64 << 10

// File is one log.
type File struct {
	// Name is as the user wrote it, or Stdin.
	Name string
	// Head are the first bytes of what the log holds, HeadBytes at most. A log is told
	// by them, whatever its name: rotation renames and compresses it.
	Head []byte
	// Packed says that the log is compressed, so that nobody writes to it any more.
	Packed bool
	// Size is how many bytes the file has on the disk; 0: not known.
	Size int64
	// CopyOf is an earlier file with the same head, such as the original of a compressed
	// log. It is nil for all others.
	CopyOf *File

	stdin io.Reader
	first int64 // when its first line was, in Unix nanoseconds; 0: not known
	read  atomic.Int64
}

// Read is how many of Size bytes have been read.
func (f *File) Read() int64 { return f.read.Load() }

// Open looks into the logs and returns them oldest first, by the time of their first
// lines. Logs without a time come last, the highest number of a rotation first:
// access.log.2.gz before access.log.1. timeOf returns the time of the first line in a text
// that has one, in Unix nanoseconds, or 0. Standard input is read once, so it can be named
// once.
func Open(names []string, stdin io.Reader, timeOf func(text string) int64) ([]*File, error) {
	var files []*File
	var faults []error
	for _, name := range names {
		if slices.ContainsFunc(files, func(f *File) bool { return f.Name == name }) {
			continue
		}
		f := &File{Name: name}
		if name == Stdin {
			f.stdin = stdin
		}
		if err := f.look(timeOf); err != nil {
			faults = append(faults, err)
			continue
		}
		files = append(files, f)
	}
	slices.SortStableFunc(files, func(a, b *File) int { return compareRotation(a.Name, b.Name) })
	slices.SortStableFunc(files, compareFirst)
	markCopies(files)
	return files, errors.Join(faults...)
}

// compareFirst orders by the time of the first lines.
func compareFirst(a, b *File) int {
	switch {
	case a.first == b.first:
		return 0
	case b.first == 0, a.first != 0 && a.first < b.first:
		return -1
	}
	return 1
}

// markCopies prefers the file that is not compressed, because it may have more lines.
func markCopies(files []*File) {
	for i, f := range files {
		for _, other := range files[:i] {
			if len(f.Head) == 0 || other.CopyOf != nil || !bytes.Equal(f.Head, other.Head) {
				continue
			}
			if other.Packed && !f.Packed {
				other.CopyOf = f
			} else {
				f.CopyOf = other
			}
			break
		}
	}
}

// look reads the beginning.
func (f *File) look(timeOf func(text string) int64) error {
	r, err := f.open()
	if err != nil {
		return err
	}
	text, err := r.Peek(peekBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	f.Head = bytes.Clone(text[:min(len(text), HeadBytes)])
	f.first = timeOf(string(text))
	if f.stdin != nil {
		f.stdin = r.Reader // with what was read of it
		return nil
	}
	f.read.Store(0)
	return r.Close()
}

// reader reads what a log holds.
type reader struct {
	*bufio.Reader
	close func() error
}

// Close closes the file.
func (r *reader) Close() error { return r.close() }

// open opens the file. Whether it is compressed is told by its first bytes.
func (f *File) open() (*reader, error) {
	var raw io.Reader
	closeFile := func() error { return nil }
	if f.Name == Stdin {
		raw = f.stdin
	} else {
		file, err := os.Open(f.Name)
		if err != nil {
			return nil, explainOpen(err)
		}
		info, err := file.Stat()
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		if info.IsDir() {
			return nil, errors.Join(fmt.Errorf("%s is a folder: name its files, such as %[1]s/access.log*", f.Name), file.Close())
		}
		if info.Mode().IsRegular() {
			f.Size = info.Size()
		}
		raw, closeFile = file, file.Close
	}
	buffered, ok := raw.(*bufio.Reader)
	if !ok {
		buffered = bufio.NewReaderSize(&counted{raw, &f.read}, peekBytes)
	}
	return f.unpack(buffered, closeFile)
}

// unpack tells what is compressed by its first bytes.
func (f *File) unpack(raw *bufio.Reader, closeFile func() error) (*reader, error) {
	magic, _ := raw.Peek(4) // a shorter file is not compressed
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		unpacked, err := gzip.NewReader(raw)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", f.Name, err), closeFile())
		}
		f.Packed = true
		return &reader{bufio.NewReaderSize(unpacked, peekBytes), closeFile}, nil
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}), isSkippable(magic):
		unpacked, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxUnpackBytes))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", f.Name, err), closeFile())
		}
		f.Packed = true
		return &reader{bufio.NewReaderSize(unpacked, peekBytes), func() error { unpacked.Close(); return closeFile() }}, nil
	}
	for name, begin := range unknownPackings {
		if bytes.HasPrefix(magic, []byte(begin)) {
			return nil, errors.Join(fmt.Errorf("%s is compressed with %s, which is not read: unpack it, or pipe it in: %[2]s -dc %[1]s | replay report -", f.Name, name), closeFile())
		}
	}
	return &reader{raw, closeFile}, nil
}

// isSkippable tells the frame without content with which pzstd begins a zstd file.
func isSkippable(magic []byte) bool {
	return len(magic) == 4 && magic[0]&0xf0 == 0x50 && bytes.Equal(magic[1:], []byte{0x2a, 0x4d, 0x18})
}

// maxUnpackBytes bounds the memory that a hostile zstd file can ask for.
const maxUnpackBytes = 128 << 20

// unknownPackings are told by their first bytes.
var unknownPackings = map[string]string{"bzip2": "BZh", "xz": "\xfd7zX", "lz4": "\x04\x22\x4d\x18"}

// explainOpen says what helps.
func explainOpen(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: on Debian the group adm may read logs; run with sudo, or as a member of it", err)
	}
	return err
}

// counted counts the bytes that are read.
type counted struct {
	from io.Reader
	n    *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// compareRotation orders by the number that rotation gives: a higher one is older. A log
// without a number is the newest. Dates in names order themselves.
func compareRotation(a, b string) int {
	baseA, numberA := rotation(a)
	baseB, numberB := rotation(b)
	if baseA != baseB {
		return strings.Compare(baseA, baseB)
	}
	return numberB - numberA
}

// maxRotation is more than any rotation keeps; a longer number is a date.
const maxRotation = 9999

// rotation splits access.log.2.gz into access.log and 2.
func rotation(name string) (base string, number int) {
	for _, ending := range []string{".gz", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, ending)
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || dot == len(name)-1 || len(name)-dot > 5 {
		return name, 0
	}
	for _, c := range name[dot+1:] {
		if c < '0' || c > '9' {
			return name, 0
		}
		number = number*10 + int(c-'0')
	}
	return name[:dot], min(number, maxRotation)
}
