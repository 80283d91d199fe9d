// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/agentvisits/agentvisitsexporter/internal/logfiles"
)

// journal is the memory over runs of which lines were delivered. Before lines are sent it
// says so on the disk; after the API took them, or certainly did not, it says that. What
// it says was being sent when the program was killed is in doubt: the API may have it.
//
// It is a text of one JSON object a line, to which is only appended.
type journal struct {
	lock sync.Mutex
	file *os.File
	logs []*logState
}

// logState is what is known of one log.
type logState struct {
	head  string // the hash of its first bytes,
	bytes int    // which are so many
	done  spans
	doubt spans // was being sent
}

// record is one line of a journal.
type record struct {
	// Of the first line: what the journal is of.
	To string `json:"to,omitempty"`
	// Of a line that names a log, or knows more of its head than before.
	Head  string `json:"head,omitempty"`
	Bytes int    `json:"bytes,omitempty"`
	Name  string `json:"name,omitempty"` // for people
	// Of all others: the log's number, and what became of a part of it.
	Log     int   `json:"log,omitempty"`
	Sending *span `json:"sending,omitempty"`
	Done    *span `json:"done,omitempty"`
	Failed  *span `json:"failed,omitempty"`
}

// openJournal opens or makes the journal of an exporter; to says where it delivers. With
// again, what is in doubt counts as not delivered.
func openJournal(name, to string, again bool) (*journal, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the journal cannot be written: %w; name another place with -journal FILE", err)
	}
	j := &journal{file: file}
	if err := errors.Join(lock(file), j.read(name, to)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if again {
		for _, l := range j.logs {
			l.doubt = nil
		}
	}
	return j, nil
}

// read takes in what the journal says. A last line without an end was being written when
// the program was killed, and is cut off.
func (j *journal) read(name, to string) error {
	whole := int64(0)
	lines := bufio.NewReader(j.file)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break // also at the end
		}
		whole += int64(len(line))
		r := record{}
		if err := json.Unmarshal(bytes.TrimRight(line, "\r\n"), &r); err != nil {
			return fmt.Errorf("line %d of %s is damaged: %w; if you remove the journal, all lines count as not delivered", n, name, err)
		}
		if n == 1 && r.To != to {
			return fmt.Errorf("%s is the journal of another delivery (%s, not %s): name another one with -journal FILE", name, r.To, to)
		}
		if !j.apply(&r) {
			return fmt.Errorf("line %d of %s is of a log that it does not name; if you remove the journal, all lines count as not delivered", n, name)
		}
	}
	if err := j.file.Truncate(whole); err != nil {
		return err
	}
	if _, err := j.file.Seek(whole, 0); err != nil {
		return err
	}
	if whole == 0 {
		return j.write(&record{To: to})
	}
	return nil
}

// apply remembers what a line says. It reports false if the line makes no sense.
func (j *journal) apply(r *record) bool {
	switch {
	case r.To != "":
		return true
	case r.Log == 0:
		j.logs = append(j.logs, &logState{head: r.Head, bytes: r.Bytes})
		return r.Head != ""
	case r.Log < 0 || r.Log > len(j.logs):
		return false
	}
	l := j.logs[r.Log-1]
	switch {
	case r.Head != "":
		l.head, l.bytes = r.Head, r.Bytes
	case r.Sending != nil:
		l.doubt.add(*r.Sending)
	case r.Done != nil:
		l.doubt.remove(*r.Done)
		l.done.add(*r.Done)
	case r.Failed != nil:
		l.doubt.remove(*r.Failed)
	}
	return true
}

func (j *journal) write(r *record) error {
	line, err := json.Marshal(r)
	if err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("the journal cannot be written: %w", err)
	}
	return nil
}

// note remembers what a line says, here and on the disk.
func (j *journal) note(r *record) error {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.apply(r)
	if err := j.write(r); err != nil {
		return err
	}
	if r.Sending != nil { // else a power cut could lead to a second delivery
		return j.file.Sync()
	}
	return nil
}

// logOf returns the number of a log, from 1. It is found by the bytes with which it
// begins, so that it is the same after rotation and compression.
func (j *journal) logOf(f *logfiles.File) (int, error) {
	found := 0
	for i, l := range j.logs {
		if l.bytes <= len(f.Head) && headOf(f.Head[:l.bytes]) == l.head && (found == 0 || l.bytes > j.logs[found-1].bytes) {
			found = i + 1
		}
	}
	r := &record{Log: found, Head: headOf(f.Head), Bytes: len(f.Head), Name: f.Name}
	if found == 0 {
		return len(j.logs) + 1, j.note(r)
	}
	if j.logs[found-1].bytes < len(f.Head) { // the log was short, and has grown
		return found, j.note(r)
	}
	return found, nil
}

func headOf(head []byte) string {
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:])
}

// state is what is known of a log now.
func (j *journal) state(log int) (done, doubt spans) {
	j.lock.Lock()
	defer j.lock.Unlock()
	l := j.logs[log-1]
	return slices.Clone(l.done), slices.Clone(l.doubt)
}

func (j *journal) close() error { return j.file.Close() }
