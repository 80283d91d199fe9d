// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// readHead reads what comes before the date: the client, in some formats the site's
// host, the ident, which is nearly always a mark of absence, and the user.
//
//	203.0.113.9 - alice                        common log format
//	www.example.com:443 203.0.113.9 - alice    Apache's vhost_combined
//	203.0.113.9 www.example.com alice          lighttpd
//	203.0.113.9, 10.0.0.7 - alice              a format that begins with X-Forwarded-For
//
// Servers log a user's name before they check the password, so any visitor can write
// anything there, even spaces. Therefore the words are read from the left, each is told
// by its form, and none after the ident counts.
//
// The host may be no host, such as nginx's "_". The caller has to check it.
func (e *Entry) readHead(head string) bool {
	c := cursor{head}
	first, second := c.list(), c.list()
	if second == "" || first[0] == '<' { // a syslog message without a tag
		return false
	}
	if isDash(second) {
		if isAddress(first) {
			e.setClient(first)
		}
		return true
	}
	more := c.rest != ""
	dash := isDash(c.word())
	ident := dash && c.rest != "" // at the end the dash stands for the user
	isClient, isSecondClient := isAddress(first), isAddress(second)
	if isClient && dash && hasPort(first) {
		isClient = false // it is a host that is an address
	}
	switch {
	case isClient && isSecondClient:
		e.setClientOf(first, second, ident)
	case isClient:
		e.setClient(first)
		if more && isDotted(second) { // otherwise it is an ident or a user
			e.Host = second
		}
	case isSecondClient:
		e.setClient(second)
		e.Host = first
		return more
	case dash && (ident || hasPort(first)): // the second word is the name of the client's machine
		e.Host = first
	case isDotted(second):
		e.Host = second
	default: // the second word is an ident
		return isDotted(first)
	}
	return true
}

// setClient takes an address, or a list of addresses, which is X-Forwarded-For.
func (e *Entry) setClient(text string) {
	switch {
	case !isList(text):
		e.Client = text
	case e.ForwardedFor == "":
		e.ForwardedFor = text
	}
}

// setClientOf chooses the client from two addresses. The other address is a proxy's, or
// the one that the client asked for. It is never taken for the host, because it may also
// be a visitor's.
//
// If an ident follows, the second address is the client, as in formats that begin with
// the host. But if only the first is public, the second is a proxy's, as in formats that
// begin with X-Forwarded-For. Without an ident the first address is the client, as with
// lighttpd. A user's name can look like an ident and a user there, but lighttpd logs no
// name before it has checked the password.
func (e *Entry) setClientOf(first, second string, ident bool) {
	if isList(first) {
		e.setClient(first)
		e.setClient(second)
		return
	}
	_, isPublic := address.Best(first)
	_, isSecondPublic := address.Best(second)
	if ident && (isSecondPublic || !isPublic) {
		first = second
	}
	e.setClient(first)
}

func isList(s string) bool { return strings.IndexByte(s, ',') >= 0 }

// isDash reports whether a word is a mark of absence, which is nearly always a dash.
func isDash(word string) bool { return word == "-" || value.IsAbsent(word) }

func isDotted(s string) bool { return strings.IndexByte(s, '.') > 0 }

// isAddress reports whether s is an IP address, with or without a port, or a list that
// holds one. Names are not parsed.
func isAddress(s string) bool {
	if _, plain := address.PlainIPv4(s); plain {
		return true
	}
	if !mayHoldAddress(s) {
		return false
	}
	ip, _ := address.Best(s)
	return ip != ""
}

// mayHoldAddress rejects nearly all names and words. An address that is not plain has a
// colon and no letters but hexadecimal digits, or stands in a list.
func mayHoldAddress(s string) bool {
	colon := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == ',', c == '%': // a list, or the zone of an IPv6 address
			return true
		case c == ':':
			colon = true
		case c != '.' && c != '[' && c != ']' && !ascii.IsHex(c):
			return isList(s[i:])
		}
	}
	return colon
}

// hasPort reports whether a port follows an address.
func hasPort(address string) bool {
	return strings.Count(address, ":") == 1 || strings.Contains(address, "]:")
}
