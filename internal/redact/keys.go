// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"bytes"
	"maps"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// Keys says which keys are secret, so that their values never leave.
//
// Keys are compared in plain form (see Plain) and without trailing digits: api_key,
// apiKey and API-KEY2 are one key. Dots and brackets divide a key into parts, as in
// user.token and user[token]. A key is secret if one of its parts is. A part is secret
// if it is in parts, if its last word is in lastWords, if it ends in "email", or if it
// contains one of credentialWords. If its last word is in doubtfulWords, or if it contains
// "mail", the value decides.
type Keys struct {
	parts     ascii.WordFilter
	lastWords ascii.WordFilter // of a part, such as the key of promo_key
	harmless  ascii.WordFilter // parts that are not secret, whatever the other rules say
	// compound holds the keys of several parts that users name, such as user.voucher,
	// and whether they are secret. It overrides all other rules.
	compound map[string]bool
	// spared holds the usualKeys that are not secret. It only saves time.
	spared ascii.WordFilter
}

// Builtin has the usual names of credentials, and of what identifies a person. Unlike
// credentialWords, its words make nothing secret that merely contains them: "key" is
// secret, "monkey" is not.
//
// The lists hold what the semantic conventions, Sentry (its SDKs and Relay) and
// Datadog's tracers redact by default, apart from what docs/privacy.md names.
var Builtin = (&Keys{
	parts: ascii.NewWordFilter(ascii.WordSet(`sig code key auth authentication email mail otp pass pin session sid state ticket assertion
		samlresponse samlrequest samlart relaystate nonce wpnonce hmac verifier
		cvv cvc ssn cardnumber creditcardnumber ccnumber iban mailto mailaddress mailaddr useremail loginhint
		authcode accesscode activationcode backupcode confirmationcode confirmcode devicecode logincode mfacode onetimecode
		oobcode otpcode recoverycode resetcode securitycode smscode totp twofactor twofactorcode usercode verificationcode verifycode
		cred creds pword psw userpass dbpass loginpass adminpass mypass kennwort contrasena motdepasse senha wachtwoord
		keypairid publickey publickeyid applicationkey applicationkeyid authkey consumerid consumerkey
		sessionstate aiohttpsession cisession laravelsession moodlesession usersession
		clerkticket clerkhandshake magiclink wresult`)),
	lastWords: ascii.NewWordFilter(ascii.WordSet(`key sig sid otp totp mailto auth authentication hmac verifier nonce assertion creds
		policy sign signed session symfony`)),
}).spareUsual()

// secrecy says whether the value of a key is secret.
type secrecy uint8

const (
	harmless      secrecy = iota
	ifPolicy              // secret if the value looksLikePolicy
	ifRandom              // secret if the value looksRandom
	ifMailAddress         // secret if the value may hold the address of somebody's mail
	alwaysSecret
)

// doubtfulWords are names of credentials, and ordinary words as well: sign=leo and
// policy=returns stay, the signature and the policy of a signed URL go.
var doubtfulWords = map[string]secrecy{"policy": ifPolicy, "sign": ifRandom, "signed": ifRandom, "session": ifRandom, "symfony": ifRandom}

// With returns the same keys, with further ones that are secret and others that are
// not.
func (k *Keys) With(secret, kept []string) *Keys {
	if len(secret)+len(kept) == 0 {
		return k
	}
	parts, spared, compound := maps.Clone(k.parts.Words), map[string]bool{}, map[string]bool{}
	add := func(keys []string, to map[string]bool, isSecret bool) {
		for _, key := range keys {
			to[Plain(key)] = true
			if strings.ContainsAny(key, partEnds) {
				compound[Plain(key)] = isSecret
			}
		}
	}
	add(kept, spared, false)
	add(secret, parts, true)
	return (&Keys{parts: ascii.NewWordFilter(parts), lastWords: k.lastWords, harmless: ascii.NewWordFilter(spared), compound: compound}).spareUsual()
}

// spareUsual fills in spared.
func (k *Keys) spareUsual() *Keys {
	spared := map[string]bool{}
	for _, key := range usualKeys {
		if k.secrecy(key) == harmless {
			spared[key] = true
		}
	}
	k.spared = ascii.NewWordFilter(spared)
	return k
}

// usualKeys are the keys of most queries, as they are sent. A key may be in this list
// and secret.
var usualKeys = strings.Fields(`utm_source utm_medium utm_campaign utm_term utm_content utm_id gclid fbclid msclkid ref source
	q query search s term keyword lang language locale hl country currency id ids slug name title type kind category cat
	tag tags topic page p per_page page_size limit offset start size count from to date year month day since until
	sort sort_by order order_by orderby dir filter filters view tab mode format output version v ver width height w h
	amp preview print variant variant_id product product_id sku color price min max brand feed rss callback url redirect`)

// secrecyOf returns the secrecy of a key. The key is as it stands in a URL, maybe
// escaped.
func (k *Keys) secrecyOf(key string) secrecy {
	if k.spared.HasText(key) {
		return harmless
	}
	return k.secrecy(key)
}

// MayHide reports whether the value of a key is hidden, always or if it looks secret. The
// key is as people write it.
func (k *Keys) MayHide(key string) bool { return k.secrecyOf(key) != harmless }

// Hides reports whether the value of a key is hidden whatever it is.
func (k *Keys) Hides(key string) bool { return k.secrecyOf(key) == alwaysSecret }

// maxKeyBytes bounds how long a key is looked at. A longer one counts as secret.
const maxKeyBytes = 256

// secrecy is secrecyOf without spared. It goes through the key once, collects each part
// in plain form, and notes where the part's last word starts.
func (k *Keys) secrecy(key string) (most secrecy) {
	if len(key) > maxKeyBytes {
		return alwaysSecret
	}
	if isSecret, ok := k.findCompound(key); ok {
		if isSecret {
			return alwaysSecret
		}
		return harmless
	}
	var buffer [64]byte
	part, last, before := buffer[:0], 0, endsPart
	for i := 0; i < len(key); {
		c, size := key[i], 1
		if c == '%' || c == '\\' {
			c, size, _ = decodeByte(key, i)
		}
		i += size
		kind := keyBytes[c]
		switch {
		case kind == endsPart:
			most = max(most, k.secrecyOfPart(part, last))
			part, last = part[:0], 0
		case kind != endsWord:
			if before == endsWord && c > '9' || before == lowerCase && kind == upperCase { // a number is no word
				last = len(part)
			}
			part = append(part, c|0x20) // lower case; digits stay
		}
		before = kind
	}
	return max(most, k.secrecyOfPart(part, last))
}

// findCompound looks up a key in compound.
func (k *Keys) findCompound(key string) (isSecret, ok bool) {
	if len(k.compound) == 0 {
		return false, false
	}
	plain := Plain(decodeAll(key))
	if isSecret, ok = k.compound[plain]; !ok {
		isSecret, ok = k.compound[strings.TrimRight(plain, "0123456789")]
	}
	return isSecret, ok
}

// secrecyOfPart returns the secrecy of a part of a key. The part is in plain form, and
// its last word starts at the given place.
func (k *Keys) secrecyOfPart(part []byte, last int) secrecy {
	if len(part) == 0 || k.harmless.Has(part) {
		return harmless
	}
	if k.parts.Has(part) {
		return alwaysSecret
	}
	end := len(part)
	for end > last && part[end-1] <= '9' {
		end--
	}
	if k.parts.Has(part[:end]) {
		return alwaysSecret
	}
	within := secrecyWithin(part)
	if within == ifMailAddress && (bytes.HasSuffix(part[:end], []byte("email")) || bytes.HasSuffix(part[:end], []byte("emails"))) {
		return alwaysSecret
	}
	if within == alwaysSecret || !k.lastWords.Has(part[last:end]) {
		return within
	}
	if doubt, ok := doubtfulWords[string(part[last:end])]; ok {
		return doubt
	}
	return alwaysSecret
}

// IsCredential reports whether a text in plain form contains one of credentialWords.
func IsCredential(plain []byte) bool { return secrecyWithin(plain) == alwaysSecret }

// secrecyWithin is what the words say that a text in plain form contains.
func secrecyWithin(plain []byte) (most secrecy) {
	for i := 1; i < len(plain); i++ {
		for _, word := range wordsWithin[pairOf(plain[i-1], plain[i])] {
			if bytes.HasPrefix(plain[i-1:], word.text) {
				if most = word.secrecy; most == alwaysSecret {
					return most
				}
			}
		}
	}
	return most
}

// credentialWords make a part secret wherever they stand in it. They cover the keys
// that the semantic conventions want redacted: X-Amz-Signature, X-Amz-Credential,
// X-Amz-Security-Token, AWSAccessKeyId and X-Goog-Signature. "emailaddr" names a person
// instead.
const credentialWords = `token secret passw passcode passphrase pwd pswd credential signature apikey appkey
	accesskey privatekey secretkey sessionid sessid sessionkey jwt bearer oauth authoriz cookie csrf xsrf
	emailaddr`

// wordWithin is one of credentialWords, or "mail".
type wordWithin struct {
	text    []byte
	secrecy secrecy
}

// wordsWithin are listed by how they begin: most keys hold no such pair of letters.
var wordsWithin = func() (by [256][]wordWithin) {
	add := func(word string, s secrecy) {
		pair := pairOf(word[0], word[1])
		by[pair] = append(by[pair], wordWithin{[]byte(word), s})
	}
	for word := range strings.FieldsSeq(credentialWords) {
		add(word, alwaysSecret)
	}
	add("mail", ifMailAddress)
	return by
}()

// pairOf mixes two letters. Pairs of a credentialWord share their number with few others.
func pairOf(first, second byte) uint8 { return first*32 + second }

// keyByte is the kind of a byte in a key.
type keyByte uint8

const (
	endsWord  keyByte = iota // any byte that is none of the others
	endsPart                 // one of partEnds
	upperCase                // starts a word after lowerCase
	lowerCase                // or a digit
)

var keyBytes = func() (kinds [256]keyByte) {
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

// partEnds divide a key into parts.
const partEnds = ".[]"

// Plain returns a key in plain form: its ASCII letters in lower case, and its digits.
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
