// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/redact"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// A JSON Web Token of {"alg":"none"} and {"sub":"anna"}, and JSON in Base64.
const (
	webToken   = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIn0.c2VjcmV0LXZhbHVl"
	base64JSON = "eyJhdXRoX3R5cCI6ImFhZCIsImNsYWltcyI6W119"
)

// deliveredHeader is what leaves of a text in a header, whose field is added or built in.
func deliveredHeader(field visit.Field, text string) string {
	r := New(&Config{Headers: HeadersConfig{Request: HeaderListConfig{Add: []string{"x-a"}}, Response: HeaderListConfig{Add: []string{"x-b"}}}}, "")
	var texts [visit.FieldCount]string
	present := visit.SetOf(field)
	texts[field] = text
	v := &visit.Visit{Path: "/"}
	v.Borrow(&texts, &present)
	r.Apply(v)
	return texts[field]
}

// headerFields are all headers that can leave, but signatures.
func headerFields() (fields []visit.Field) {
	for i := range otherHeaders.Shared(&otherHeaders) {
		fields = append(fields, i)
	}
	return append(fields, visit.UserAgent, visit.FirstAddedRequest, visit.FirstAddedResponse)
}

func TestACredentialLeavesInNoHeader(t *testing.T) {
	for text, want := range map[string]string{
		webToken:                     "REDACTED",
		base64JSON:                   "REDACTED",
		"Bearer x":                   "Bearer REDACTED",
		"bearer  abc.def~+/=":        "bearer  REDACTED",
		"BEARER " + webToken:         "BEARER REDACTED",
		"Basic YW5uYTpzZWNyZXQ=":     "Basic REDACTED",
		"basic YW5uYTpzZWNyZXQ= ":    "basic REDACTED",
		"id=" + webToken + "; a":     "id=REDACTED; a",
		webToken + ", " + base64JSON: "REDACTED, REDACTED",
	} {
		for _, field := range headerFields() {
			assert.Equal(t, want, deliveredHeader(field, text), "%s in field %d", text, field)
		}
	}
}

func TestACredentialOfAnySchemeLeavesInNoHeaderButANameOfAProgram(t *testing.T) {
	for _, text := range []string{
		"Basic x", `Digest username="anna", response="secret"`, "Negotiate secret", "NTLM secret", "DPoP secret", "Token secret", "ApiKey secret",
		"AWS4-HMAC-SHA256 secret", "SharedKey anna:secret", "SCRAM-SHA-256 data=secret", "Hawk id=secret", "MAC x",
	} {
		scheme, _, _ := strings.Cut(text, " ")
		for _, field := range headerFields() {
			if field == visit.UserAgent {
				assert.Equal(t, text, deliveredHeader(field, text))
				continue
			}
			assert.Equal(t, scheme+" REDACTED", deliveredHeader(field, text), "%s in field %d", text, field)
		}
	}
}

func TestACredentialWithinAnAddedHeaderDoesNotLeave(t *testing.T) {
	for text, want := range map[string]string{
		"a, Bearer secret":                 "a, Bearer REDACTED",
		"Authorization: Basic YTpi":        "Authorization: Basic REDACTED",
		`{"h":"Bearer secret","a":"b"}`:    `{"h":"Bearer REDACTED`,
		"n=1;m= Token secret":              "n=1;m= Token REDACTED",
		"<Bearer secret>":                  "<Bearer REDACTED",
		"a,\tBearer secret":                "a,\tBearer REDACTED",
		"a|Bearer secret":                  "a|Bearer REDACTED",
		"x" + webToken:                     "xREDACTED",
		"/cb/" + webToken + "/secret-next": "/cb/REDACTED",
	} {
		assert.Equal(t, want, deliveredHeader(visit.FirstAddedRequest, text), text)
	}
}

func TestAURLKeepsWhatFollowsACredential(t *testing.T) {
	assert.Equal(t, "https://example.org/cb/REDACTED/next?page=2", deliveredHeader(visit.Referer, "https://example.org/cb/"+webToken+"/next?page=2"))
}

// TestSignaturesLeaveWhole: a verifier needs each byte.
func TestSignaturesLeaveWhole(t *testing.T) {
	for _, name := range []string{"signature", "signature-input", "signature-agent"} {
		for _, text := range []string{webToken, "Bearer x", `sig1=:` + base64JSON + `:`} {
			assert.Equal(t, text, deliveredHeader(visit.RequestHeader(name), text))
		}
	}
}

func TestOrdinaryTextsOfHeadersLeaveWhole(t *testing.T) {
	for _, text := range []string{
		"", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36", "Mozilla/5.0 (compatible; ExampleBot/1.0; +https://example.com/bot)",
		"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "gzip, deflate, br, zstd", "de-AT,de;q=0.9", `"Not A(Brand";v="24", "Chromium";v="110"`, "keep-alive",
		"max-age=3600, must-revalidate", `W/"5f3eyJ-1a"`, "Mon, 04 May 2026 09:15:02 GMT", "bot@example.com", "1.1 varnish, 1.1 proxy.example.com (squid)",
		"basic", "Bearer", "Bearer ", "basically good", "tokens of love", "Bearers of news", "eyJ", "heyJude", "eyJ-short", "203.0.113.7, 198.51.100.3", "HIT", "2025-06-18",
		`</a.css>; rel=preload; as=style`, "noindex, nofollow", "Wed, 21 Oct 2015 07:28:00 GMT",
	} {
		for _, field := range headerFields() {
			assert.Equal(t, text, deliveredHeader(field, text), "field %d", field)
		}
	}
	for _, agent := range []string{"Basic Bot", "Digest Reader/2.0", "Token Scanner", "Basic Crawler (+https://example.com)", "Hawk 1", "Bearerbot/1.0"} {
		assert.Equal(t, agent, deliveredHeader(visit.UserAgent, agent))
	}
}

// FuzzCredentialValues: what is redacted once stays as it is, and no token is left.
func FuzzCredentialValues(f *testing.F) {
	for _, text := range []string{"Bearer x", webToken, "a, Basic YTpi", "eyJeyJeyJ...", ", , ,a ", "J0", strings.Repeat("=token ", 100)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, form := range []*valueForm{&agentForm, &plainForm, &urlForm, &freeForm} {
			once := form.redact(text)
			assert.True(t, once == text || form == &freeForm || MayHoldCredential(text) || len(text) < minCredentialBytes, "the shortcut overlooks %q", text)
			assert.True(t, once == text || form == &freeForm || !redact.IsTame(text), "%q is not tame", text)
			assert.Equal(t, once, form.redact(once))
			assert.NotContains(t, form.redact(text+" "+webToken), webToken)
			assert.NotContains(t, form.redact("bearer "+strings.TrimLeft(text, " ")+"canary"), "canary")
		}
	})
}
