// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/redact"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// IsCredentialHeader reports whether a header must never leave, because it carries a
// credential, or what a gateway says of a user it has checked. The name is in lower case with "-". Its words decide,
// as the words of a key do in a query; a built-in request header never carries one.
func IsCredentialHeader(name string) bool {
	if slices.Contains(visit.RequestHeaders[:], name) || name == "access-control-allow-credentials" {
		return false // signatures, and whether browsers may send credentials
	}
	for _, start := range []string{"cf-access-", "x-amz-cf-"} {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	for word := range strings.SplitSeq(name, "-") {
		word = strings.Trim(word, "0123456789")
		if credentialWords[word] || strings.HasSuffix(word, "auth") {
			return true
		}
	}
	plain := redact.Plain(name)
	for _, part := range credentialParts {
		if strings.Contains(plain, part) {
			return true
		}
	}
	return redact.IsCredential([]byte(plain)) || !bareWords[name] && redact.Builtin.Hides(strings.TrimPrefix(name, "x-"))
}

// bareWords are secret keys of a query, and as headers ordinary words.
var bareWords = ascii.WordSet("code x-code state x-state")

// saysWhoAUserIs reports whether a header's name says so: remote-user, x-consumer-custom-id.
// What names a kind of user or a program does not, as in x-user-type and x-user-agent.
func saysWhoAUserIs(name string) bool {
	last, namesPerson := "", false
	for word := range strings.SplitSeq(name, "-") {
		last = strings.Trim(word, "0123456789")
		namesPerson = namesPerson || personWords[last]
	}
	return personWords[last] || namesPerson && identityWords[last]
}

// credentialWords make a header one of credentials if they stand alone in its name: those
// of keys and codes, of sessions, and of what a gateway says of a user it has checked.
// Words such as "code" and "state" are not among them, as in x-country-code.
var credentialWords = ascii.WordSet(`key keys authkey appkey clientkey userkey sig hmac verifier nonce dpop pass passwd passcode passphrase pw pin
	otp totp hotp mfa verification recovery captcha sid sess ssid ticket assertion saml sso oidc kerberos ntlm spnego bypass
	authn authz basic negotiate macaroon psk principal identity claims userinfo cert certificate email mail mailto cvv cvc ssn iban`)

// personWords name somebody at the end of a header's name, or before one of identityWords
// that stands there.
var (
	personWords = ascii.WordSet(`user username userid uid login account accountid customer customerid consumer subscriber member employee
		phone telephone msisdn imsi imei passport dn`)
	identityWords = ascii.WordSet(`id ids uuid guid number no name hash ref`)
)

// credentialParts do so wherever they stand, and beside them those of redact.IsCredential.
var credentialParts = strings.Fields(`session authent authoris clientcert captcha`)

// HeaderOfKey returns the name of the header that an attribute may hold, given the
// attribute's key: what follows the last dot, without a prefix such as nginx'
// "http_".
func HeaderOfKey(key string) string {
	key = visit.HeaderName(key[strings.LastIndexByte(key, '.')+1:])
	for _, prefix := range []string{"sent-http-", "http-", "request-", "downstream-"} {
		key = strings.TrimPrefix(key, prefix)
	}
	return key
}
