// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// lineTime includes the date, because a log that is read in may be days old.
const lineTime = time.Stamp

// palette holds the terminal's escape codes. They are empty if colours are not wanted.
type palette struct{ bold, dim, alarm, bad, reset string }

// newPalette returns colours if out is a terminal, unless NO_COLOR is set or TERM is
// dumb.
func newPalette(out io.Writer, getenv func(string) string) palette {
	file, ok := out.(*os.File)
	if !ok || getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" {
		return palette{}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return palette{}
	}
	return palette{bold: "\x1b[1m", dim: "\x1b[2m", alarm: "\x1b[1;97;41m", bad: "\x1b[33m", reset: "\x1b[0m"}
}

// visitLine formats a visit in aligned columns. The address is last because it can
// have any length.
func (p palette) visitLine(v visit) string {
	milliseconds, status, statusColour := "-", "-", ""
	if v.Milliseconds != nil {
		milliseconds = strconv.Itoa(*v.Milliseconds)
	}
	if v.Status != 0 {
		status = strconv.Itoa(v.Status)
	}
	if v.Status >= 400 {
		statusColour = p.bad
	}
	line := fmt.Sprintf("%s%s%s  %-12s  %s%s%s  %s %s%3s%s %6s ms  %s",
		p.dim, v.Time.Local().Format(lineTime), p.reset, v.API,
		p.bold, pad(v.Name, maxName), p.reset, pad(v.Method, 7),
		statusColour, status, p.reset, milliseconds, v.Address)
	if v.ReferredBy != "" {
		line += fmt.Sprintf("  (sent by %s)", v.ReferredBy)
	}
	return line
}

// refusalLine formats a refused request so that it stands out even without colours.
func (p palette) refusalLine(r refusal) string {
	status := "no answer"
	if r.Status != 0 {
		status = strconv.Itoa(r.Status)
	}
	api := string(r.API)
	if api == "" {
		api = "no API"
	}
	return fmt.Sprintf("%s !! REFUSED %s %s  %s  %s  %s %s (%d bytes): %s", p.alarm, status, p.reset,
		r.Time.Local().Format(lineTime), api, r.Method, r.Path, r.Bytes, r.Reason)
}

// pad appends spaces up to a width in characters.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}
