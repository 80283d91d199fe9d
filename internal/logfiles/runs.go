// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package logfiles

// Runs returns the wanted lines as chunks: those that follow each other are one.
func (c *Chunk) Runs(wants func(Span, string) bool) []Chunk {
	var runs []Chunk
	var open *Chunk
	for at, line := range c.Lines() {
		if !wants(at, line) {
			open = nil
			continue
		}
		if open == nil {
			runs = append(runs, Chunk{File: c.File, From: at.From, Line: at.Number, Header: c.Header})
			open = &runs[len(runs)-1]
		}
		open.To = at.To
		open.Text = c.Text[open.From-c.From : open.To-c.From]
	}
	return runs
}
