// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// takeLogger takes what a logger or a runtime writes before the head of a line. It reports
// false if what follows is a part of a line.
func (e *Entry) takeLogger(head string, zone *time.Location) (rest string, ok bool) {
	if head == "" || ascii.IsDigit(head[0]) && !mayBeTime(head) && !isProcess(head) {
		return head, true
	}
	p := readPrefix(head, zone)
	c := p.cursor
	if first := c.list(); !p.isSure && first != "" && !isAddress(first) && !isDash(first) && !isSocket(first) {
		return head, true // after a time, the word may be a machine or a host
	}
	e.Names = p.namesOf()
	return p.rest, !p.isPart
}

// mayBeTime tells a time at the start of a text from an address: "2026-", "2026/" and
// "09:15:".
func mayBeTime(s string) bool {
	return len(s) > 5 && (s[4] == '-' || s[4] == '/' || s[2] == ':' && s[5] == ':')
}

// isProcess reports whether a head begins with what PM2 writes: "0|shop  | ".
func isProcess(head string) bool {
	c := cursor{head}
	name := c.word()
	return len(name) > 2 && name[1] == '|' && c.next() == "|"
}

// maxPrefixParts is more parts than a logger writes before a line.
const maxPrefixParts = 12

// readPrefix reads what a logger or a runtime writes before a line. Each part is told by its
// form, from the left, and the first word that has none of the forms ends the prefix. So it
// ends before the client, and nothing that a visitor writes can be a part of it. If it is not
// sure, it ends with a time, and the name of a machine may follow.
//
//	web-1  | 203.0.113.9 - -                                    Docker Compose
//	INFO:werkzeug:203.0.113.9 - -                               Python
//	2026-05-04 09:15:02,120 - access - INFO - 203.0.113.9 - -   Python
//	2026-05-04T09:15:02,120+0000 [main] INFO  org.example.RequestLog - 203.0.113.9 - -
//	INFO:     203.0.113.9:4711 -                                Uvicorn
//	[2026-05-04 09:15:02] 203.0.113.9 - -
//	09:15:02 web.1  | 203.0.113.9 - -                           Foreman
//	09:15:02,120 INFO  [org.example.Log] (task-1) 203.0.113.9 - -               JBoss
//	2026-05-04T09:15:02.120Z  INFO 7 --- [main] org.example.Log : 203.0.113.9 - -   Spring Boot
func readPrefix(line string, zone *time.Location) prefix {
	p := newPrefix(line, zone)
	for range maxPrefixParts {
		if !p.takePart() {
			break
		}
	}
	if length := len(line) - len(p.rest); length > 0 && line[0] == '<' && !p.isSure { // a syslog message without a tag
		p.rest, p.names = line, line
	}
	return p
}

// maxPrefix is longer than what a logger writes before a line.
const maxPrefix = 256

// PrefixOfJSON returns the length of what syslog, a logger or a runtime writes before a
// JSON object, and the names in it. The length is 0 if something else stands before the
// object, which is a part of a message then, or if a runtime split the line. After a time,
// one word may be the name of a machine.
func PrefixOfJSON(line string, zone *time.Location) (length int, names Names) {
	p := newPrefix(line, zone)
	from := len(line) - len(p.rest)
	open := strings.IndexByte(p.rest[:min(len(p.rest), maxPrefix)], '{') + from
	if open < from || open == 0 {
		return 0, Names{}
	}
	for range maxPrefixParts {
		if len(line)-len(p.rest) >= open || !p.takePart() {
			break
		}
	}
	names = p.namesOf()
	if !p.isSure && p.parts > 0 {
		if machine := p.cursor; isMachine(machine.next()) {
			machine.word()
			p.cursor = machine
		}
	}
	if rest := strings.TrimLeft(p.rest, " \t"); p.isPart || len(line)-len(rest) != open {
		return 0, Names{}
	}
	return open, names
}

// CarrierPrefix returns the length of what carries a line on: the header of syslog, the name of a
// container, and what its runtime writes. It is 0 if the runtime split the line.
func CarrierPrefix(line string, zone *time.Location) int {
	p := newPrefix(line, zone)
	if p.parts == 0 {
		p.takeContainer()
	}
	p.rest = strings.TrimLeft(p.rest, " ")
	if strings.Contains(p.rest[:min(len(p.rest), maxDateLength)], " std") {
		if runtime := p; runtime.takeTime() && runtime.takeStream() {
			p = runtime
		}
	}
	if p.isPart {
		return 0
	}
	return len(line) - len(p.rest)
}

// SourceOf returns the machine and the program, or the container, that such a prefix names.
func SourceOf(prefix string) string {
	name := cursor{prefix}
	if text := name.word(); name.next() == "|" {
		return text
	}
	return sourceOf(prefix)
}

// isMachine reports whether a word can be the name or the address of a machine.
func isMachine(word string) bool {
	return isAddress(word) || word != "" && machineBytes.HoldAll(word)
}

var machineBytes = ascii.NewByteSet(".-")
