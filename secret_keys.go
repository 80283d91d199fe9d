// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// secretKeys are the query keys whose values never leave. Keys are compared
// without case, separators and trailing digits, so that api_key, apiKey and
// API-KEY2 are one; each part of user[token] and user.token counts by itself.
type secretKeys struct {
	whole wordFilter // the whole key
	last  wordFilter // the last word of a key, as in promo_key
	kept  wordFilter // keys that are none, whatever the rest says
	// compound are the keys of several parts that users name, such as user.voucher,
	// and whether they are secrets.
	compound map[string]bool
	// spared are those of usualKeys that are no secrets, to tell them at once.
	spared *table[struct{}]
}

// usualKeys are what most queries are made of. Whether they are secrets is not
// said here.
var usualKeys = strings.Fields(`utm_source utm_medium utm_campaign utm_term utm_content utm_id gclid fbclid msclkid ref source
	q query search s term keyword lang language locale hl country currency id ids slug name title type kind category cat
	tag tags topic page p per_page page_size limit offset start size count from to date year month day since until
	sort sort_by order order_by orderby dir filter filters view tab mode format output version v ver width height w h
	amp preview print variant variant_id product product_id sku color price min max brand feed rss callback url redirect`)

// spareUsual makes the table of spared keys.
func (k *secretKeys) spareUsual() *secretKeys {
	spared := map[string]struct{}{}
	for _, key := range usualKeys {
		if !k.isSecret(key) {
			spared[key] = struct{}{}
		}
	}
	k.spared = newTable(spared)
	return k
}

// wordFilter is a set of words that mostly is asked for words that it does not
// have. Those are told by their first byte and length.
type wordFilter struct {
	words   map[string]bool
	lengths [256]uint64 // by first byte, a bit for each length
}

func newWordFilter(words map[string]bool) wordFilter {
	f := wordFilter{words: words}
	for word := range words {
		if word != "" {
			f.lengths[word[0]] |= 1 << (len(word) % 64)
		}
	}
	return f
}

func (f *wordFilter) has(word []byte) bool {
	return len(word) > 0 && f.lengths[word[0]]>>(len(word)%64)&1 != 0 && f.words[string(word)]
}

// credentialWords make each key a secret that they are a part of. The semantic
// conventions' X-Amz-Signature, X-Amz-Credential, X-Amz-Security-Token,
// AWSAccessKeyId and X-Goog-Signature are among these keys.
var credentialWords = wordsByInitial(`token secret passw pwd credential signature apikey accesskey privatekey secretkey
	sessionid sessid sessionkey jwt bearer oauth authoriz cookie csrf xsrf`)

// credentialSeconds has for each first byte of a word a bit for its second one,
// modulo 64.
var credentialSeconds = func() (seconds [256]uint64) {
	for first, words := range credentialWords {
		for _, word := range words {
			seconds[first] |= 1 << (word[1] % 64)
		}
	}
	return seconds
}()

// builtinSecrets add the usual names of credentials, and of what identifies a
// person, that other words contain.
var builtinSecrets = (&secretKeys{
	whole: newWordFilter(wordSet(`sig code key auth email mail otp pass pin session sid state ticket assertion samlresponse
		samlrequest nonce hmac verifier cvv cvc ssn`)),
	last: newWordFilter(wordSet(`key sig sid otp email auth hmac verifier`)),
}).spareUsual()

// with adds keys that users name, and takes out those that they keep.
func (k *secretKeys) with(secret, kept []string) *secretKeys {
	if len(secret)+len(kept) == 0 {
		return k
	}
	whole, keep, compound := maps.Clone(k.whole.words), map[string]bool{}, map[string]bool{}
	for _, key := range kept {
		keep[plainKey(key)] = true
		if strings.ContainsAny(key, partEnds) {
			compound[plainKey(key)] = false
		}
	}
	for _, key := range secret {
		whole[plainKey(key)] = true
		if strings.ContainsAny(key, partEnds) {
			compound[plainKey(key)] = true
		}
	}
	return (&secretKeys{whole: newWordFilter(whole), last: k.last, kept: newWordFilter(keep), compound: compound}).spareUsual()
}

// maxSecretKeyBytes bounds how long a key is looked at. A longer one is taken for a
// secret.
const maxSecretKeyBytes = 256

// has says whether a key is secret. The key is as it stands in a URL.
func (k *secretKeys) has(key string) bool {
	return find(k.spared, key) == nil && k.isSecret(key)
}

// isSecret is the long way to the same.
func (k *secretKeys) isSecret(key string) bool {
	if len(key) > maxSecretKeyBytes {
		return true
	}
	if len(k.compound) > 0 {
		plain := plainKey(unescapeAll(key))
		for _, name := range [...]string{plain, strings.TrimRight(plain, "0123456789")} {
			if secret, ok := k.compound[name]; ok {
				return secret
			}
		}
	}
	var buffer [64]byte
	word := buffer[:0]
	last, separated, lower := 0, false, false
	for i := 0; i < len(key); {
		c, size := key[i], 1
		if c == '%' || c == '\\' {
			c, size, _ = decodeByte(key, i)
		}
		i += size
		switch keyBytes[c] {
		case endsPart:
			if k.hasWord(word, last) {
				return true
			}
			word, last, separated, lower = word[:0], 0, false, false
		case upperCase:
			if separated || lower {
				last = len(word)
			}
			separated, lower = false, false
			word = append(word, c|0x20)
		case lowerCase:
			if separated {
				last = len(word)
			}
			separated, lower = false, true
			word = append(word, c)
		default:
			separated = true
		}
	}
	return k.hasWord(word, last)
}

// spare tells queries as nearly all are: of bytes that stand for themselves or
// are escaped, delimit nothing, and none of the names secret. Of these escape and
// redact would return what they are.
func (k *secretKeys) spare(query string) bool {
	name := 0
	for i := 0; i < len(query); i++ {
		c := query[i]
		if inName[c] {
			continue
		}
		switch c {
		case '=':
			if k.has(query[name:i]) {
				return false
			}
		case '&':
		case '%':
			if !isEscape(query, i) {
				return false
			}
			c = unhex(query[i+1])<<4 | unhex(query[i+2])
			i += 2
			if inName[c] || c >= utf8.RuneSelf {
				continue
			}
			if c != ' ' {
				return false
			}
		default:
			return false
		}
		name = i + 1
	}
	return true
}

// The kinds of bytes in a key. All others separate words.
const (
	endsPart  = 1 + iota
	upperCase // begins a word behind lower case
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

// partEnds are between the parts of a key.
const partEnds = ".[]"

// hasWord looks at a part of a key whose last word starts as given.
func (k *secretKeys) hasWord(word []byte, last int) bool {
	if len(word) == 0 || k.kept.has(word) {
		return false
	}
	if k.whole.has(word) {
		return true
	}
	end := len(word)
	for end > last && word[end-1] <= '9' {
		end--
	}
	return k.whole.has(word[:end]) || k.last.has(word[last:end]) || isCredential(word)
}

// isCredential says whether one of credentialWords is a part of the word.
func isCredential(word []byte) bool {
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

// unescapeAll undoes all escapes, however often a byte was escaped.
func unescapeAll(s string) string {
	if !strings.ContainsAny(s, `%\`) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c, size, _ := decodeByte(s, i)
		out = append(out, c)
		i += size
	}
	return string(out)
}

// plainKey is a key as secretKeys compare it.
func plainKey(key string) string {
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
