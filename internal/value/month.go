// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import "strings"

// maxMonthName is more than the name of a month has, with the slash after it.
const maxMonthName = 16

// monthOf returns the number of a month by the start of its name, or 0.
func monthOf(name string) int {
	switch name {
	case "Jan":
		return 1
	case "Feb":
		return 2
	case "Mar":
		return 3
	case "Apr":
		return 4
	case "May":
		return 5
	case "Jun":
		return 6
	case "Jul":
		return 7
	case "Aug":
		return 8
	case "Sep":
		return 9
	case "Oct":
		return 10
	case "Nov":
		return 11
	case "Dec":
		return 12
	}
	lower := strings.ToLower(name)
	for i := range monthStarts {
		if strings.HasPrefix(lower, monthStarts[i].start) {
			return monthStarts[i].month
		}
	}
	return 0
}

// monthStarts tell the months in the languages that Java writes in the dates of logs,
// such as Jetty's. Of two that begin alike the longer one comes first.
var monthStarts = func() (starts []monthStart) {
	for month, names := range [...]string{
		1: "jan jän ene gen sty", 2: "feb fev fév lut", 3: "mar mär mrt maa", 4: "apr abr avr kwi",
		5: "may mai maj mag mei", 6: "juin jun giu cze", 7: "juil jul lug lip", 8: "aug ago aou aoû sie",
		9: "sep set wrz", 10: "oct okt ott out paź", 11: "nov lis", 12: "dec dez déc dic des gru",
	} {
		for start := range strings.FieldsSeq(names) {
			starts = append(starts, monthStart{start, month})
		}
	}
	return starts
}()

type monthStart struct {
	start string
	month int
}
