// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"slices"
	"strings"
)

// redacted stands in for a secret value. It is the word of the semantic
// conventions (url.query, url.full).
const redacted = "REDACTED"

// secretKeys are the query keys whose values never leave, in the form that
// plainKey gives them: the list of the semantic conventions for HTTP, then the
// usual names of credentials and of what identifies a person.
var secretKeys = []string{
	"awsaccesskeyid", "signature", "sig", "x_amz_signature", "x_amz_credential", "x_amz_security_token", "x_goog_signature",
	"access_key", "accesskey", "api_key", "apikey", "auth", "authorization", "code", "credential", "email", "jwt", "key",
	"otp", "passwd", "password", "pwd", "secret", "session", "session_id", "sessionid", "sid", "state", "token",
}

// secretEndings catch the compound names: id_token, client_secret, ...
var secretEndings = []string{"token", "secret", "password", "signature", "credential", "_key", "apikey"}

// redactQuery replaces the values of secret keys. The rest stays byte for byte.
func redactQuery(query string) string {
	var out []byte
	kept := 0 // up to where out holds the query
	for at := 0; at < len(query); {
		end := at + pairLength(query[at:])
		name, value, found := strings.Cut(query[at:end], "=")
		if found && value != "" && isSecret(name) {
			out = append(out, query[kept:at+len(name)+1]...)
			out = append(out, redacted...)
			kept = end
		}
		at = end + 1
	}
	if out != nil {
		query = string(append(out, query[kept:]...))
	}
	return stripUserInfo(query)
}

// pairLength is how far the first key=value pair of a query reaches.
func pairLength(query string) int {
	if i := strings.IndexAny(query, "&;"); i >= 0 {
		return i
	}
	return len(query)
}

func isSecret(name string) bool {
	var buffer [64]byte
	key := string(plainKey(buffer[:0], name))
	if slices.Contains(secretKeys, key) {
		return true
	}
	return slices.ContainsFunc(secretEndings, func(ending string) bool { return strings.HasSuffix(key, ending) })
}

// plainKey undoes the spellings of a query key: escapes, case, "-" for "_" and
// the brackets of user[token]. Of a very long key the end is looked at.
func plainKey(dst []byte, name string) []byte {
	if len(name) > 3*64 {
		name = name[len(name)-3*64:]
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		if isEscape(name, i) {
			c = unhex(name[i+1])<<4 | unhex(name[i+2])
			i += 2
		}
		switch {
		case c == ']':
			continue
		case c == '-', c == '[', c == '.':
			c = '_'
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// stripUserInfo removes "user:password@" from each URL within s.
func stripUserInfo(s string) string {
	for from := 0; ; {
		i := strings.Index(s[from:], "://")
		if i < 0 {
			return s
		}
		from += i + len("://")
		end := from + authorityLength(s[from:])
		if at := strings.LastIndexByte(s[from:end], '@'); at >= 0 {
			s = s[:from] + s[from+at+1:]
		}
	}
}

// authorityLength is how far an authority reaches within a longer text.
func authorityLength(s string) int {
	if i := strings.IndexAny(s, "/?#&; \t\"'<>,"); i >= 0 {
		return i
	}
	return len(s)
}

// cleanURL treats a header's value that holds one or more URLs: user
// information and fragments go, secrets in queries are redacted.
func cleanURL(s string) string {
	if !strings.ContainsAny(s, "?#@") {
		return s
	}
	if i := strings.IndexByte(s, '#'); i >= 0 {
		end := i + authorityLength(s[i+1:]) + 1
		if end < len(s) && strings.IndexByte(" \t\"'<>,", s[end]) < 0 {
			end = len(s)
		}
		return cleanURL(s[:i] + s[end:])
	}
	head, rest, found := strings.Cut(s, "?")
	if !found {
		return stripUserInfo(s)
	}
	return stripUserInfo(head) + "?" + redactQuery(rest)
}
