// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package stablefile

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// The faults of Read that are none of the system's.
var (
	// ErrNotRegular is the fault of a directory, a pipe or a device. Reading a pipe could
	// take for ever.
	ErrNotRegular = errors.New("is no file but a directory, a pipe or a device")
	// ErrBeingWritten is the fault of a file that changes while it is read.
	ErrBeingWritten = errors.New("changes while it is read")
)

// Read returns the text of a file that stays as it is meanwhile, and what the file was. Of a
// file with more than most bytes it returns one byte more than that. An error of the system
// comes without the path.
func Read(path string, most int64) (text []byte, info os.FileInfo, err error) {
	info, err = os.Stat(path)
	switch {
	case err != nil:
		return nil, nil, WithoutPath(err)
	case !info.Mode().IsRegular():
		return nil, nil, ErrNotRegular
	}
	file, err := os.Open(path) //nolint:gosec // the configuration names the file
	if err != nil {
		return nil, nil, WithoutPath(err)
	}
	defer func() { _ = file.Close() }()
	if text, err = io.ReadAll(io.LimitReader(file, most+1)); err != nil {
		return nil, nil, WithoutPath(err)
	}
	after, err := file.Stat()
	if err != nil {
		return nil, nil, WithoutPath(err)
	}
	if !IsUnchanged(info, after) || int64(len(text)) < min(info.Size(), most+1) {
		return nil, nil, ErrBeingWritten
	}
	return text, info, nil
}

// IsUnchanged reports whether two looks found the same file, which was not written to
// between them.
func IsUnchanged(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// WithoutPath is an error of the system without the path that it is about.
func WithoutPath(err error) error {
	if of := (*fs.PathError)(nil); errors.As(err, &of) {
		return of.Err
	}
	return err
}
