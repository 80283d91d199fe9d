// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"maps"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// Keys says which keys are secret: the values of these never leave.
//
// Keys are compared in plain form, which has neither case nor separators (see
// plainKey), and without trailing digits: api_key, apiKey and API-KEY2 are one key.
// A dot or a bracket separates the parts of a key, as in user.token and user[token].
// A key is secret if one of its parts is.
type Keys struct {
	whole ascii.WordFilter // parts that are secret
	last  ascii.WordFilter // last words of parts that are secret, such as the key of promo_key
	kept  ascii.WordFilter // parts that are no secrets, whatever the other rules say
	// compound has the keys of several parts that users name, such as user.voucher,
	// and whether they are secret. It overrides all other rules.
	compound map[string]bool
	// spared has those of usualKeys that are no secrets. It only saves time.
	spared ascii.WordFilter
}

// usualKeys are the keys of most queries, in the form in which they are sent. A word
// in this list says nothing about whether the key is secret.
var usualKeys = strings.Fields(`utm_source utm_medium utm_campaign utm_term utm_content utm_id gclid fbclid msclkid ref source
	q query search s term keyword lang language locale hl country currency id ids slug name title type kind category cat
	tag tags topic page p per_page page_size limit offset start size count from to date year month day since until
	sort sort_by order order_by orderby dir filter filters view tab mode format output version v ver width height w h
	amp preview print variant variant_id product product_id sku color price min max brand feed rss callback url redirect`)

// credentialWords make a key secret wherever they stand in it. Among these keys are
// those of the semantic conventions: X-Amz-Signature, X-Amz-Credential,
// X-Amz-Security-Token, AWSAccessKeyId and X-Goog-Signature.
var credentialWords = wordsByInitial(`token secret passw pwd credential signature apikey accesskey privatekey secretkey
	sessionid sessid sessionkey jwt bearer oauth authoriz cookie csrf xsrf`)

// credentialSeconds has, for each first byte of credentialWords, a bit for each
// second byte, modulo 64.
var credentialSeconds = func() (seconds [256]uint64) {
	for first, words := range credentialWords {
		for _, word := range words {
			seconds[first] |= 1 << (word[1] % 64)
		}
	}
	return seconds
}()

// Builtin are the usual names of credentials, and of what identifies a person.
// The words of the two lists are secret only where they stand, because other words
// contain them.
var Builtin = (&Keys{
	whole: ascii.NewWordFilter(ascii.WordSet(`sig code key auth email mail otp pass pin session sid state ticket assertion samlresponse
		samlrequest nonce hmac verifier cvv cvc ssn`)),
	last: ascii.NewWordFilter(ascii.WordSet(`key sig sid otp email auth hmac verifier`)),
}).spareUsual()

// With returns the same keys with further ones that are secret, and others that are
// not.
func (k *Keys) With(secret, kept []string) *Keys {
	if len(secret)+len(kept) == 0 {
		return k
	}
	whole, keep, compound := maps.Clone(k.whole.Words), map[string]bool{}, map[string]bool{}
	add := func(keys []string, to map[string]bool, isSecret bool) {
		for _, key := range keys {
			to[Plain(key)] = true
			if strings.ContainsAny(key, partEnds) {
				compound[Plain(key)] = isSecret
			}
		}
	}
	add(kept, keep, false)
	add(secret, whole, true)
	return (&Keys{whole: ascii.NewWordFilter(whole), last: k.last, kept: ascii.NewWordFilter(keep), compound: compound}).spareUsual()
}

// spareUsual fills spared.
func (k *Keys) spareUsual() *Keys {
	spared := map[string]bool{}
	for _, key := range usualKeys {
		if !k.isSecret(key) {
			spared[key] = true
		}
	}
	k.spared = ascii.NewWordFilter(spared)
	return k
}

// has reports whether a key is secret. The key may be escaped, as it stands in a URL.
func (k *Keys) has(key string) bool {
	return !k.spared.HasText(key) && k.isSecret(key)
}

// maxSecretKeyBytes bounds how long a key is looked at. A longer one counts as secret.
const maxSecretKeyBytes = 256

// isSecret is has without the help of spared. It goes through the key once, collects
// each part in plain form, and notes where the part's last word starts.
func (k *Keys) isSecret(key string) bool {
	if len(key) > maxSecretKeyBytes {
		return true
	}
	if secret, ok := k.findCompound(key); ok {
		return secret
	}
	var buffer [64]byte
	part := buffer[:0]
	last, separated, lower := 0, false, false
	for i := 0; i < len(key); {
		c, size := key[i], 1
		if c == '%' || c == '\\' {
			c, size, _ = decodeByte(key, i)
		}
		i += size
		switch keyBytes[c] {
		case endsPart:
			if k.hasPart(part, last) {
				return true
			}
			part, last, separated, lower = part[:0], 0, false, false
		case upperCase:
			if separated || lower {
				last = len(part)
			}
			separated, lower = false, false
			part = append(part, c|0x20)
		case lowerCase:
			if separated {
				last = len(part)
			}
			separated, lower = false, true
			part = append(part, c)
		default:
			separated = true
		}
	}
	return k.hasPart(part, last)
}

// findCompound reports what users say of a key of several parts.
func (k *Keys) findCompound(key string) (secret, ok bool) {
	if len(k.compound) == 0 {
		return false, false
	}
	plain := Plain(decodeAll(key))
	if secret, ok = k.compound[plain]; !ok {
		secret, ok = k.compound[strings.TrimRight(plain, "0123456789")]
	}
	return secret, ok
}

// hasPart reports whether a part of a key is secret. Its last word starts at the
// given place.
func (k *Keys) hasPart(part []byte, last int) bool {
	if len(part) == 0 || k.kept.Has(part) {
		return false
	}
	if k.whole.Has(part) {
		return true
	}
	end := len(part)
	for end > last && part[end-1] <= '9' {
		end--
	}
	return k.whole.Has(part[:end]) || k.last.Has(part[last:end]) || IsCredential(part)
}

// IsCredential reports whether a word in plain form contains one of credentialWords.
func IsCredential(word []byte) bool {
	for i, c := range word[:max(len(word)-1, 0)] {
		if credentialSeconds[c]>>(word[i+1]%64)&1 == 0 {
			continue
		}
		for _, start := range credentialWords[c] {
			if len(word)-i >= len(start) && string(word[i:i+len(start)]) == start {
				return true
			}
		}
	}
	return false
}

// The kinds of bytes in a key. All others separate words.
const (
	endsPart  = 1 + iota
	upperCase // starts a word after lowerCase
	lowerCase // or a digit
)

var keyBytes = func() (kinds [256]uint8) {
	for c := byte('a'); c <= 'z'; c++ {
		kinds[c], kinds[c-0x20] = lowerCase, upperCase
	}
	for c := byte('0'); c <= '9'; c++ {
		kinds[c] = lowerCase
	}
	for _, c := range []byte(partEnds) {
		kinds[c] = endsPart
	}
	return kinds
}()

// partEnds separate the parts of a key.
const partEnds = ".[]"

// Plain returns a key in plain form: its ASCII letters, in lower case, and digits.
func Plain(key string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r | 0x20
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, key)
}

func wordsByInitial(words string) (by [256][]string) {
	for _, word := range slices.Sorted(strings.FieldsSeq(words)) {
		by[word[0]] = append(by[word[0]], word)
	}
	return by
}
