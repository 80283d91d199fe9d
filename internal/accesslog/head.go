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
//	198.51.100.1 203.0.113.9, 10.0.0.7 10.0.0.2 - alice    the host, X-Forwarded-For, the peer
//	unix: - alice                              nginx behind a socket: there is no client
//	203.0.113.9 4711 www.example.com 443       ports after client and host
//	203.0.113.9                                aiohttp
//
// Servers log a user's name before they check the password, so any visitor can write
// anything there, even spaces. Therefore the words are read from the left, each is told
// by its form, and none after the ident counts.
//
// The host may be no host, such as nginx's "_". The caller has to check it.
func (e *Entry) readHead(head string) bool {
	c := cursor{head}
	first, second := unquoted(c.list()), unquoted(c.list())
	if first == "" || first[0] == '<' || second == "" && isTag(first) { // nothing, as with Django; a syslog message without a tag; or a sentence
		return first == ""
	}
	isClient := isAddress(first)
	if second == "" {
		return e.readOnlyWord(first, isClient)
	}
	if isDash(second) {
		if isClient {
			e.setClient(first)
		} else if hasPort(first) { // names of clients have no port
			e.Host = first
		}
		return true
	}
	more := c.rest != ""
	third := c.word()
	dash := isDash(third)
	ident := dash && c.rest != "" // at the end the dash stands for the user
	switch isSecondClient := isAddress(second); {
	case isSocket(second): // there is no client, and an address may be the Host header
		if !isClient {
			e.Host = first
		}
	case isClient && isList(second) && isSecondClient && isAddress(third) && isDash(c.next()): // X-Forwarded-For and the peer
		e.setClient(second)
		e.setClient(third)
	case isClient && isSecondClient:
		e.setClientOf(first, second, ident)
	case isClient && ascii.IsDigits(second):
		e.readPorts(first, third, &c)
	case isClient:
		e.setClient(first)
		// Otherwise the second word is an ident or a user. After a port and before an
		// ident it may be the name of the client's machine.
		if more && isDotted(second) && (!ident || !hasPort(first)) {
			e.Host = second
		}
	case isSocket(first), isDash(first):
		e.readAbsent(first, second, more, ident)
	case isSecondClient:
		e.setClient(second)
		e.takeHost(first)
		return more
	case isDotted(first) && ascii.IsDigits(second) && isAddress(third) && c.rest != "": // host, port and client in three columns
		e.setClient(third)
		e.takeHost(first)
	case dash && (ident || hasPort(first)): // the second word is the name of the client's machine
		e.Host = first
	case more && isDotted(second):
		e.Host = second
	default: // the second word is an ident or a user
		return isDotted(first)
	}
	return true
}

// unquoted removes the quotation marks around a word: Twisted writes the client in them,
// OpenLiteSpeed the host.
func unquoted(word string) string {
	if len(word) > 2 && word[0] == '"' && word[len(word)-1] == '"' {
		return word[1 : len(word)-1]
	}
	return word
}

// readPorts reads a head in which the client's port follows the client. What follows that is the
// host if the server's port comes after it, and nothing else.
func (e *Entry) readPorts(client, word string, c *cursor) {
	e.setClient(client)
	if isDotted(word) && ascii.IsDigits(c.word()) && c.rest == "" {
		e.Host = word
	}
}

// takeHost takes the word before a client for the host. A word with a digit but without a dot or
// a port is rather the id of the request, a number of bytes or a duration.
func (e *Entry) takeHost(word string) {
	if isDotted(word) || hasPort(word) || !strings.ContainsAny(word, "0123456789") {
		e.Host = word
	}
}

// readOnlyWord reads a head of one word: the client, or that it is absent.
func (e *Entry) readOnlyWord(word string, isClient bool) bool {
	if isClient {
		e.setClient(word)
	}
	return isClient || isDash(word) || isSocket(word) || isDotted(word)
}

// readAbsent reads a head whose first word says that a client or a host is absent.
//
// An address in the second word is the client only if an ident follows and the first
// word can be a host: Apache writes "- 203.0.113.9 - alice". Otherwise the first word is
// the absent client. The address then may be the Host header, which the visitor writes,
// so it is not the client; or the client of a format without ident, so it is not the host.
func (e *Entry) readAbsent(first, second string, more, ident bool) {
	mayBeHost := ident && !isSocket(first)
	switch {
	case isAddress(second):
		if mayBeHost {
			e.setClient(second)
		}
	case more && isDotted(second) && !mayBeHost: // otherwise it may be the name of the client's machine
		e.Host = second
	}
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
// the one that the client asked for.
//
// If an ident follows, the second address is the client, as in formats that begin with
// the host. But if only the first is public, the second is a proxy's, as in formats that
// begin with X-Forwarded-For. Without an ident the first address is the client, as with
// lighttpd. A user's name can look like an ident and a user there, but lighttpd logs no
// name before it has checked the password.
//
// The other address is not taken for the host, because it may be a visitor's, too. Only
// an address with a port before a client without one is: Apache writes a host like that.
func (e *Entry) setClientOf(first, second string, ident bool) {
	if isList(first) {
		e.setClient(first)
		e.setClient(second)
		return
	}
	_, isPublic := address.Best(first)
	_, isSecondPublic := address.Best(second)
	if !ident || isPublic && !isSecondPublic {
		e.setClient(first)
		return
	}
	e.setClient(second)
	if hasPort(first) && !hasPort(second) {
		e.Host = first
	}
}

func isList(s string) bool { return strings.IndexByte(s, ',') >= 0 }

// isDash reports whether a word is a mark of absence, which is nearly always a dash.
func isDash(word string) bool { return word == "-" || value.IsAbsent(word) }

// isSocket reports whether a word is what nginx writes for the address of a client that
// connects through a socket of the machine, alone or with the port, which is empty.
func isSocket(word string) bool { return word == "unix:" || word == "unix::" }

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

// hasPort reports whether a port follows a name or an address.
func hasPort(s string) bool {
	name, port, found := strings.Cut(s, ":")
	return found && name != "" && ascii.IsDigits(port) || strings.Contains(s, "]:")
}
