// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// takeForm takes the whole of what a logger writes whose parts have no form of their own:
//
//	I, [2026-05-04T09:15:02.120034 #7]  INFO -- : 203.0.113.9 - -     Ruby
//	I0504 09:15:02.120034       7 access.go:12] 203.0.113.9 - -       klog and glog
//	2026-05-04 09:15:02.1200|INFO|Access|203.0.113.9 - -              NLog
func (p *prefix) takeForm() bool {
	switch s := p.rest; {
	case len(s) < len("I, [2026]"):
		return false
	case s[0] >= 'A' && s[0] <= 'Z':
		if s[1] == ',' {
			return p.takeRuby()
		}
		return ascii.IsDigit(s[1]) && p.takeKlog()
	case ascii.IsDigit(s[0]):
		return p.takeBars()
	}
	return false
}

// takeRuby takes the prefix of Ruby's Logger::Formatter. A program's name may stand before
// the colon.
func (p *prefix) takeRuby() bool {
	all := p.cursor
	p.word()
	if p.skipSpace(); !strings.HasPrefix(p.rest, "[") || !p.takeBetween(']') {
		p.cursor = all
		return false
	}
	level, dashes := p.word(), p.word()
	if name := p.word(); !isLevel(level) && level != "ANY" || dashes != "--" || name != ":" && !isTag(name) {
		p.cursor = all
		return false
	}
	return true
}

// takeKlog takes the prefix of the loggers of Kubernetes. Its date has no year, so it does
// not count.
func (p *prefix) takeKlog() bool {
	ahead := p.cursor
	day, clock, thread, place := ahead.word(), ahead.word(), ahead.word(), ahead.word()
	if len(day) != len("I0504") || !ascii.IsDigits(day[1:]) || !isTimeOfDay(clock) || !ascii.IsDigits(thread) || !strings.HasSuffix(place, "]") {
		return false
	}
	p.cursor = ahead
	return true
}

// takeBars takes time, level and logger, each with a bar after it.
func (p *prefix) takeBars() bool {
	ahead := p.cursor
	time, ok := ahead.until('|')
	if !ok || len(time) > maxDateLength || !p.keepTime(time) {
		return false
	}
	level, _ := ahead.until('|')
	if name, ok := ahead.until('|'); !ok || !isLevel(level) || !isLoggerName(name) {
		return false
	}
	p.cursor = ahead
	return true
}
