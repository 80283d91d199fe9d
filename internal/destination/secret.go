// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"net/http"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// setSecret makes the destination send a secret in a header, after the given scheme.
// If a path is given, the secret is in that file. With neither it sends none.
func (d *Destination) setSecret(header, scheme, secret, path string) {
	switch {
	case path != "":
		d.SecretKey += "_file"
		file := &secretFile{path: path}
		d.Authorize = func(h http.Header) { h.Set(header, scheme+file.current()) }
	case secret != "":
		d.Authorize = func(h http.Header) { h.Set(header, scheme+secret) }
	}
}

// secretSetting is a YAML key that holds a secret.
type secretSetting struct {
	key      string
	variable string // of the environment, for examples
	optional bool
}

// checkSecretOrFile checks a secret that may be in a file.
func checkSecretOrFile(f validation.Faults, s secretSetting, secret, path string) {
	if path == "" {
		checkSecret(f, s, secret)
		return
	}
	file := s
	file.key += "_file"
	if secret != "" {
		f.Add(s.key, "and %s are both set: remove one of them", f.Key(file.key))
		return
	}
	secret, err := readSecret(path)
	switch {
	case err != nil:
		f.Add(file.key, "cannot be read: %w; see that the file is there and that the Collector's user may read it", err)
	case secret == "":
		f.Add(file.key, "is empty: write the secret into the file")
	default:
		checkSecret(f, file, secret)
	}
}

// checkSecret checks a secret, and never shows it.
func checkSecret(f validation.Faults, s secretSetting, secret string) {
	switch {
	case secret == "" && !s.optional:
		f.Add(s.key, "is empty: set it, for example to ${env:%s}, and see that this variable is set where the Collector runs", s.variable)
	case secret == "":
	case strings.TrimSpace(secret) == "":
		f.Add(s.key, "is blank: set it, for example to ${env:%s}, and see what this variable holds where the Collector runs", s.variable)
	case isPlaceholder(secret):
		f.Add(s.key, "holds a placeholder instead of a secret: write ${env:%s}, for example, and set this variable where the Collector runs", s.variable)
	case hasPrefixFold(secret, "bearer "):
		f.Add(s.key, "starts with the word Bearer: write the secret alone")
	case strings.ContainsAny(secret[:1]+secret[len(secret)-1:], `"'`):
		f.Add(s.key, "holds a quotation mark at its start or end: remove it where the value comes from; some tools keep the quotation marks of an environment file")
	case strings.ContainsFunc(secret, notVisible):
		f.Add(s.key, "holds a space, a line break or another character that a secret cannot have: look for one at the start or end of the file or variable that it comes from")
	}
}

// isPlaceholder recognises what a template or an example has instead of a secret.
func isPlaceholder(s string) bool {
	return strings.Contains(s, "${") || strings.Contains(s, "{{") || s[0] == '$' || s[0] == '<' && s[len(s)-1] == '>'
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func notVisible(r rune) bool { return r <= ' ' || r > '~' }
