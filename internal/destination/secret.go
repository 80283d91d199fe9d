// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// setSecret makes the destination send a secret in its header, after its scheme.
// If a path is given, the secret is in that file. With neither it sends none.
func (d *Destination) setSecret(secret, path string) {
	header, scheme := d.secretHeader, d.secretScheme
	switch {
	case path != "":
		d.SecretKey += "_file"
		file := &secretFile{path: path}
		d.secretFile = file
		d.Authorize = func(h http.Header) { h.Set(header, scheme+file.current()) }
	case secret != "":
		d.Authorize = func(h http.Header) { h.Set(header, scheme+secret) }
	}
}

// SecretMark is a mark by which a changed secret is noticed: four bytes of a hash with
// the salt, from which the secret cannot be found. It is nil if a change of the secret
// cannot change the site, and if no secret is known because an authentication extension
// adds it.
func (d *Destination) SecretMark(salt []byte) []byte {
	if !d.secretSelectsSite || d.Authorize == nil {
		return nil
	}
	return d.SecretDigest(salt)[:4]
}

// SecretDigest is a hash of the secret with a salt, by which two of the same are noticed. It
// is never kept or shown.
func (d *Destination) SecretDigest(salt []byte) []byte {
	headers := make(http.Header)
	d.Authorize(headers)
	hash := hmac.New(sha256.New, salt)
	for _, values := range headers { // there is one header
		hash.Write([]byte(values[0]))
	}
	return hash.Sum(nil)
}

// WatchSecret reads the secret's file, if there is one, and makes Authorize tell report
// of changes to it. It gets an error once for each change that leaves no secret that can
// be used, and nil once when the file is good again. The error names the key, the fault
// and the remedy; it shows neither the secret nor the path. Meanwhile Authorize uses the
// last good secret. WatchSecret comes before the first Authorize.
func (d *Destination) WatchSecret(report func(fault error)) {
	if d.secretFile == nil {
		return
	}
	d.secretFile.report = func(fault error) {
		if fault != nil {
			fault = fmt.Errorf("`%s` %w", d.SecretKey, fault)
		}
		report(fault)
	}
	d.secretFile.current()
}

// secretSetting is a YAML key that holds a secret.
type secretSetting struct {
	key      string
	variable string // of the environment, for examples
	optional bool
	isFile   bool // it stands in the file of a site, where no variable is replaced
}

// remedy is what to write instead of a text that is no secret, and what to look at.
func (s secretSetting) remedy(verb, look string) string {
	if s.isFile {
		return "write the secret alone, or the path of a file that holds it into `" + s.key + "_file`"
	}
	return fmt.Sprintf("%s ${env:%s}, %s", verb, s.variable, look)
}

// isNamed recognises the name of the key or of its variable in place of the secret.
func (s secretSetting) isNamed(secret string) bool {
	form := placeholderForm(secret)
	return form == placeholderForm(s.key) || strings.TrimPrefix(form, "env") == placeholderForm(s.variable)
}

// checkSecretOrFile checks a secret that may be in a file.
func checkSecretOrFile(f validation.Faults, s secretSetting, secret, path string) {
	fileKey := s.key + "_file"
	switch {
	case path == "":
		checkSecret(f, s, secret)
	case secret != "":
		f.Add(s.key, "and %s are both set: remove one of them", f.Key(fileKey))
	default:
		if _, _, err := readSecret(path); err != nil {
			f.Add(fileKey, "%w", err)
		}
	}
}

// checkSecret checks a secret of the configuration, and never shows it.
func checkSecret(f validation.Faults, s secretSetting, secret string) {
	switch {
	case secret == "" && s.optional:
	case secret == "":
		f.Add(s.key, "is empty: %s", s.remedy("set it, for example to", "and see that this variable is set where the Collector runs"))
	case strings.TrimSpace(secret) == "":
		f.Add(s.key, "is blank: %s", s.remedy("set it, for example to", "and see what this variable holds where the Collector runs"))
	case isPlaceholder(secret) || s.isNamed(secret):
		f.Add(s.key, "%s: %s", holdsPlaceholder, s.remedy("write", "for example, and set this variable where the Collector runs"))
	default:
		if err := faultOf(secret); err != nil {
			f.Add(s.key, "%w", err)
		}
	}
}

// faultInFile says what is wrong with the secret in a file. It is nil for a good one.
func faultInFile(secret string) error {
	switch {
	case secret == "":
		return errors.New("is empty: write the secret into the file")
	case isPlaceholder(secret):
		return errors.New(holdsPlaceholder + ": write the secret itself into the file, where no variable is replaced")
	}
	return faultOf(secret)
}

const holdsPlaceholder = "holds a placeholder instead of a secret"

// faultOf says what is wrong with a secret wherever it comes from. It is nil for a good
// one.
func faultOf(secret string) error {
	switch {
	case len(secret) > maxSecretBytes:
		return fmt.Errorf("holds more than %d bytes, which is no secret: look for another text in the file or variable that it comes from", maxSecretBytes)
	case startsWithMark(secret):
		return errors.New("starts with a byte order mark: save the file that it comes from as plain text without one")
	case hasPrefixFold(secret, "bearer "):
		return errors.New("starts with the word Bearer: write the secret alone")
	case strings.ContainsAny(secret[:1]+secret[len(secret)-1:], "\"'`"):
		return errors.New("holds a quotation mark at its start or end: remove it where the value comes from; some tools keep the quotation marks of an environment file")
	case strings.ContainsFunc(secret, notVisible):
		return errors.New("holds a space, a line break or another character that a secret cannot have: look for one at the start or end of the file or variable that it comes from")
	}
	return nil
}

// startsWithMark recognises a byte order mark, of UTF-8 or of UTF-16.
func startsWithMark(s string) bool {
	return strings.HasPrefix(s, "\xef\xbb\xbf") || strings.HasPrefix(s, "\xff\xfe") || strings.HasPrefix(s, "\xfe\xff")
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func notVisible(r rune) bool { return r <= ' ' || r > '~' }
