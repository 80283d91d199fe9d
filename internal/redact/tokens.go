// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// A token is a credential that tells by its beginning what it is. So it is hidden under
// any key, and in paths.

// tokenForm is what tokens of one issuer look like: how they begin, and what follows.
type tokenForm struct {
	// prefix is how the token begins. A space in it stands for one blank or more, and
	// lower case for either case if the form has a space.
	prefix string
	// isToken judges what follows the prefix, decoded.
	isToken func(rest []byte) bool
}

// tokenForms are the forms by their first byte. The prefixes are those that the issuers
// document, so that secrets can be found in code.
var tokenForms = func() (by [256][]tokenForm) {
	add := func(prefixes string, isToken func([]byte) bool) {
		for prefix := range strings.FieldsSeq(prefixes) {
			by[prefix[0]] = append(by[prefix[0]], tokenForm{prefix, isToken})
		}
	}
	// GitHub, Stripe, npm, RubyGems, Hugging Face, Shopify, DigitalOcean, Grafana and
	// Linear begin with letters and digits.
	add(`ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ sk_live_ sk_test_ rk_live_ rk_test_ whsec_ npm_ rubygems_ hf_
		shpat_ shpca_ shppa_ shpss_ dop_v1_ doo_v1_ dor_v1_ glsa_ lin_api_`, beginsRandom)
	// GitLab, Slack, PyPI, Docker, OpenAI, Anthropic, Google, Vault, SendGrid, Postman and
	// Square use "-" and "_" as well.
	add(`glpat- gldt- glptt- glrt- glcbt- glsoat- glft- xoxa- xoxb- xoxc- xoxd- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xapp-
		pypi- dckr_pat_ sk-proj- sk-svcacct- sk-ant- AIza ya29. GOCSPX- hvs. hvb. SG. PMAK- sq0atp- sq0csp-`, holdsRandomInPart)
	add(`AKIA ABIA ACCA ASIA`, isAccessKeyID)
	add(`eyJ`, isRestOfJWT)
	for _, c := range "bB" {
		by[c] = append(by[c], tokenForm{"bearer ", holdsRandom}, tokenForm{"basic ", isBasicCredential})
	}
	return by
}()

// leastToken is the length of the shortest token. leastWord is how many letters and
// digits in a row every token has.
const (
	leastToken = 16
	leastWord  = 10
)

// HoldsToken reports whether a token stands in a text in which no letter, digit, "-",
// "_" or "." is escaped.
func HoldsToken(text string) bool {
	if !mayHoldToken(text) {
		return false
	}
	_, end := findToken(text, 0)
	return end > 0
}

// hideTokens replaces each token of a text.
func hideTokens(text string) (rest string, changed bool) {
	if !mayHoldToken(text) && !escapesToken(text) {
		return text, false
	}
	start, end := findToken(text, 0)
	if end == 0 {
		return text, false
	}
	var out []byte
	copied := 0
	for ; end > 0; start, end = findToken(text, copied) {
		out = append(append(out, text[copied:start]...), redacted...)
		copied = end
	}
	return string(append(out, text[copied:]...)), true
}

// findToken returns where the first token stands that begins at from or after. end is 0
// if there is none.
func findToken(text string, from int) (start, end int) {
	inWord := false
	for i := from; i < len(text); {
		c, size := text[i], 1
		if c == '%' || c == '\\' {
			c, size, _ = decodeByte(text, i)
		}
		if !inWord && tokenForms[c] != nil {
			if end := endOfToken(text, i, tokenForms[c]); end > 0 {
				return i, end
			}
		}
		inWord = wordBytes[c]
		i += size
	}
	return 0, 0
}

// endOfToken returns where the token ends that begins at from and has one of the forms,
// or 0.
func endOfToken(text string, from int, forms []tokenForm) int {
	for _, form := range forms {
		next := form.skipPrefix(text, from)
		if next == 0 {
			continue
		}
		var buffer [enough]byte
		if rest, end := readToken(text, next, buffer[:0]); form.isToken(rest) {
			for end < len(text) && len(rest) > 0 {
				rest, end = readToken(text, end, buffer[:0])
			}
			return end
		}
	}
	return 0
}

// skipPrefix returns the place after the prefix, which has to begin at i, or 0.
func (f *tokenForm) skipPrefix(text string, i int) int {
	fold := f.prefix[len(f.prefix)-1] == ' '
	for _, want := range []byte(f.prefix) {
		if i == len(text) {
			return 0
		}
		c, size, _ := decodeByte(text, i)
		switch {
		case want == ' ' && blanks[c]:
			for size > 0 {
				i += size
				if i == len(text) {
					return 0
				}
				if c, size, _ = decodeByte(text, i); !blanks[c] {
					size = 0
				}
			}
			return i
		case c != want && (!fold || c|0x20 != want):
			return 0
		}
		i += size
	}
	return i
}

// enough is how many bytes of a value tell whether it is random, and hold the header of
// a JWT. All of a value is not read before that is known, which would take quadratic
// time in a text of prefixes. Base 64 can be cut there.
const enough = 512

// readToken appends the bytes of a token that goes on at i, decoded, until dst is full.
// It returns where it stopped. A plus that is not escaped is a blank, and "/" ends a
// part of a path.
func readToken(text string, i int, dst []byte) (rest []byte, end int) {
	for i < len(text) && len(dst) < cap(dst) {
		c, size, level := decodeByte(text, i)
		if !tokenBytes[c] && (level == 0 || c != '+' && c != '/') {
			break
		}
		dst = append(dst, c)
		i += size
	}
	return dst, i
}

var (
	wordBytes  = *ascii.NewByteSet("")
	tokenBytes = *ascii.NewByteSet("-_.~=")
)

// holdsRandom reports whether a word of a text is random.
func holdsRandom(rest []byte) bool { return holdsWord(rest, isRandom) }

// beginsRandom reports whether the first word of a text is random. What begins otherwise
// can be the name of a file: npm_install.41854ac97b70.js.
func beginsRandom(rest []byte) bool {
	return holdsRandom(rest[:firstWord(rest)])
}

// firstWord returns where the word ends that a text begins with.
func firstWord(text []byte) (end int) {
	for end < len(text) && wordBytes[text[end]] {
		end++
	}
	return end
}

// holdsRandomInPart reports whether a word before the first dot is random.
func holdsRandomInPart(rest []byte) bool {
	part, _, _ := bytes.Cut(rest, []byte("."))
	return holdsRandom(part)
}

// isRandom reports whether no person wrote a word: it is long and has a digit or capitals
// in the middle, or it is longer than those of languages.
func isRandom(w *word) bool {
	return w.length >= 24 || w.length >= leastWord && (w.digits > 0 || w.humps > 1)
}

// isAccessKeyID recognises what follows the first letters of an AWS access key ID: 16
// capitals and digits, before anything else. Some words begin with ASIA, so it asks for more
// than capitals.
func isAccessKeyID(rest []byte) bool {
	capitals, digits := 0, 0
	for _, c := range rest[:firstWord(rest)] {
		switch {
		case c >= 'A' && c <= 'Z':
			capitals++
		case ascii.IsDigit(c):
			digits++
		default:
			return false
		}
	}
	return capitals+digits >= 16 && (digits > 0 || capitals == 16)
}

// isRestOfJWT recognises what follows "eyJ", which is {" in base 64: the rest of the
// header, and after a dot a second part of some length. Other JSON in base 64, such as
// cursors and the names of images, has no second part.
func isRestOfJWT(rest []byte) bool {
	_, second, ok := bytes.Cut(rest, []byte("."))
	return ok && firstWord(rest) >= leastWord && (len(second) >= leastWord || bytes.HasPrefix(second, []byte("ey")))
}

// isBasicCredential recognises a user and a password in base 64 (RFC 7617).
func isBasicCredential(rest []byte) bool {
	var buffer [256]byte
	decoded, err := base64.RawStdEncoding.AppendDecode(buffer[:0], bytes.TrimRight(rest, "="))
	return err == nil && len(decoded) >= 3 && bytes.IndexByte(decoded, ':') > 0
}
