// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"bytes"
	"encoding/base64"
	"math/bits"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// schemeSet is a set of authentication schemes.
type schemeSet struct {
	names ascii.WordFilter // in lower case
	// isAgent is for the user agent. It is the name of a program, which can begin like a
	// scheme, so what follows Basic must be a user and a password.
	isAgent bool
	// lengths has a bit for the length of each scheme, by the scheme's first letter in
	// either case.
	lengths [256]uint32
}

// allSchemes are those of IANA's registry of HTTP authentication schemes, and others that
// vendors use.
var allSchemes = newSchemeSet(`basic bearer concealed digest dpop gnap hoba mutual negotiate oauth privatetoken scram-sha-1 scram-sha-256 vapid
	apikey api-key aws aws4-hmac-sha256 goog4-rsa-sha256 hawk kerberos mac ntlm sharedkey sharedkeylite token`, false)

// agentSchemes are those that no program is named after.
var agentSchemes = newSchemeSet("basic bearer", true)

func newSchemeSet(names string, isAgent bool) *schemeSet {
	s := &schemeSet{names: ascii.NewWordFilter(ascii.WordSet(names)), isAgent: isAgent}
	for name := range s.names.Words {
		s.lengths[name[0]] |= 1 << len(name)
		s.lengths[name[0]-0x20] = s.lengths[name[0]]
	}
	return s
}

// mayStart is false for nearly all texts that start with no scheme. The text has at least
// one byte.
func (s *schemeSet) mayStart(text string) bool {
	for lengths := s.lengths[text[0]]; lengths != 0; lengths &= lengths - 1 {
		if n := bits.TrailingZeros32(lengths); n < len(text) && text[n] == ' ' {
			return true
		}
	}
	return text[0] == ' '
}

// length is the length of the scheme, and of the blanks after it, with which a text
// begins. It is 0 if there is none, or no credential after it.
func (s *schemeSet) length(text string) int {
	length := strings.IndexByte(text[:min(len(text), maxSchemeBytes+1)], ' ')
	if length < 0 {
		return 0
	}
	var buffer [maxSchemeBytes]byte
	name := buffer[:length]
	for i := range name {
		name[i] = text[i]
		if text[i] >= 'A' && text[i] <= 'Z' {
			name[i] |= 0x20
		}
	}
	if !s.names.Has(name) {
		return 0
	}
	credential := strings.TrimLeft(text[length:], " ")
	if credential == "" || s.isAgent && string(name) == "basic" && !isUserAndPassword(credential) {
		return 0
	}
	return len(text) - len(credential)
}

// maxSchemeBytes is the length of the longest scheme.
const maxSchemeBytes = len("aws4-hmac-sha256")

// isUserAndPassword recognises the credential of the scheme Basic (RFC 7617).
func isUserAndPassword(credential string) bool {
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimRight(credential, " "))
	return err == nil && bytes.IndexByte(decoded, ':') >= 0
}
