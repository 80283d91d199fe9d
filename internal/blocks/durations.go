// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// minDuration is the least time that is worth setting. Whatever is less was most likely
// written without a unit and stands for nanoseconds.
const minDuration = 100 * time.Millisecond

// Duration refuses a duration that is set and too short to be meant. The consequence says
// what it would do.
func Duration(f validation.Faults, key string, is time.Duration, example, consequence string) {
	if 0 < is && is < minDuration {
		f.Add(key, "is %s, which is less than %s: %s; write %s, for example, with its unit", is, minDuration, consequence, example)
	}
}

// durationFault says what is wrong with the value of a duration, or "" if it can be read.
// The decoder would take a number for nanoseconds.
func durationFault(value any, byDefault reflect.Value) string {
	usual := usualDuration(byDefault)
	switch value := value.(type) {
	case time.Duration:
		return ""
	case string:
		if _, err := time.ParseDuration(value); err == nil {
			return ""
		}
		if meant, ok := durationIn(value); ok {
			return "is no duration: write " + meant
		}
		return "is no duration: write a number with its unit (ms, s, m or h), such as " + usual
	case bool, []any, map[string]any:
		return "is " + kindOf(value) + " and has to be a duration: write a number with its unit, such as " + usual
	}
	digits := fmt.Sprint(value)
	if digits == "0" {
		return ""
	}
	if len(digits) > maxShownDigits {
		return "has no unit, so that it would be nanoseconds: write it with its unit, such as " + usual
	}
	return fmt.Sprintf("is %s without a unit, which would be nanoseconds: write %[1]ss for seconds, for example", digits)
}

// usualDuration is an example of a duration: the default, if there is one.
func usualDuration(byDefault reflect.Value) string {
	if !byDefault.IsValid() {
		return "30s"
	}
	d, _ := reflect.TypeAssert[time.Duration](byDefault)
	if d == 0 {
		return "1h, or 0 for no limit"
	}
	return shortDuration(d)
}

// shortDuration is a duration as people write it: 30s, and 1m instead of 1m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// durationIn reads a number with a unit that people write and Go does not know, such as
// 30 and "5 minutes", and returns what Go knows.
func durationIn(text string) (meant string, ok bool) {
	digits, unit := numberAndUnit(text)
	amount, err := strconv.Atoi(digits)
	known, isUnit := timeUnits[unit]
	if err != nil || !isUnit || len(digits) > maxShownDigits {
		return "", false
	}
	return strconv.Itoa(amount*known.factor) + known.unit, true
}

// timeUnits are units as people write them, in lower case.
var timeUnits = func() map[string]timeUnit {
	units := map[string]timeUnit{}
	for words, unit := range map[string]timeUnit{
		"ms msec msecs millis millisecond milliseconds": {1, "ms"},
		"s sec secs second seconds":                     {1, "s"},
		"m min mins minute minutes":                     {1, "m"},
		"h hr hrs hour hours":                           {1, "h"},
		"d day days":                                    {24, "h"},
		"w week weeks":                                  {7 * 24, "h"},
	} {
		for word := range strings.FieldsSeq(words) {
			units[word] = unit
		}
	}
	units[""] = units["s"]
	return units
}()

// timeUnit is how many of Go's units one unit has.
type timeUnit struct {
	factor int
	unit   string
}
