// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package logfiles

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Window is a span of time. The zero value is all time.
type Window struct {
	// Since and Until are in Unix nanoseconds; 0: no limit. Until does not belong to it.
	Since, Until int64
}

// IsSet reports whether there is a limit.
func (w Window) IsSet() bool { return w != Window{} }

// Has reports whether a time belongs to the window.
func (w Window) Has(at int64) bool {
	return at >= w.Since && (w.Until == 0 || at < w.Until)
}

// NewWindow reads the two limits as users write them: a date, a time as RFC 3339 writes
// it, or how long before now, such as 7d or 12h. Either may be empty.
func NewWindow(since, until string, now time.Time) (w Window, err error) {
	if w.Since, err = moment("since", since, now); err != nil {
		return w, err
	}
	if w.Until, err = moment("until", until, now); err != nil {
		return w, err
	}
	if w.Until != 0 && w.Until <= w.Since {
		return w, fmt.Errorf("-until %s is not after -since %s: nothing lies between them", until, since)
	}
	return w, nil
}

func moment(flag, text string, now time.Time) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 {
			return now.AddDate(0, 0, -n).UnixNano(), nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago > 0 {
		return now.Add(-ago).UnixNano(), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return at.UnixNano(), nil
		}
	}
	return 0, fmt.Errorf("-%s %q is no time: write a date such as 2026-05-04, a time such as 2026-05-04T15:04:05Z, or how long ago, such as 7d or 12h", flag, text)
}
