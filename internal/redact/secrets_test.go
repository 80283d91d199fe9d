// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// secretKeys are keys of which every value is secret, by kind.
var secretKeys = map[string]string{
	"sessions": `session sid PHPSESSID JSESSIONID connect.sid ASP.NET_SessionId ASPSESSIONIDQQ laravel_session MoodleSession session_state aiohttp_session
		user_session _session ci_session sessionToken session_key`,
	"sign-in": `client_assertion device_code user_code code state nonce id_token_hint login_hint oauth_verifier code_verifier SAMLart SAMLRequest SAMLResponse
		RelayState wresult ticket __clerk_ticket __clerk_handshake __clerk_db_jwt magic_link access_token refresh_token`,
	"codes that are sent": `oobCode totp otp mfa_code verification_code security_code smsCode backup-code recovery_code activation_code confirmationCode
		two_factor twoFactorCode auth_code pin`,
	"passwords": `password passwd pass passcode passphrase pass_phrase user_pass userpass pswd pwd new_password old-pwd mysql_pwd creds credentials user_creds
		door_passcode sshPassphrase kennwort motdepasse`,
	"keys": `api_key apikey API-KEY2 app_key appKey application_key access_key_id AWSAccessKeyId private_key public_key consumer_key consumer_id
		consumer_secret Key-Pair-Id public_key_id promo_key subscription-key authkey secret client_secret appsecret_proof`,
	"signatures":     `Signature sig hmac X-Amz-Signature X-Amz-Credential X-Amz-Security-Token X-Goog-Signature X-Goog-Credential openid.sig preview_nonce _wpnonce csrf_token _xsrf XSRF-TOKEN`,
	"authorization":  `auth authorization authentication X-Auth proxy-authorization bearer jwt set-cookie cookie x_api_key`,
	"who someone is": `email e-mail user_email userEmail emailAddress email_addr user_email_address contactEmailAddress mail_addr mailto emails my_e-mail customeremail toEmail ssn cvv card_number creditCardNumber iban`,
}

// spellings are ways to write a pair of a key and its value.
var spellings = map[string]func(key, value string) string{
	"as it is":     func(key, value string) string { return key + "=" + value },
	"after others": func(key, value string) string { return "page=2&utm_source=x&" + key + "=" + value + "&lang=de" },
	"capitals":     func(key, value string) string { return strings.ToUpper(key) + "=" + value },
	"other joints": func(key, value string) string {
		return strings.NewReplacer("_", "-", "-", "_").Replace(key) + "=" + value
	},
	"escaped": func(key, value string) string {
		return "%" + "0123456789ABCDEF"[key[0]>>4:][:1] + "0123456789ABCDEF"[key[0]&15:][:1] + key[1:] + "%3D" + value
	},
	"escaped twice":      func(key, value string) string { return "to=" + url.QueryEscape(url.QueryEscape("/x?"+key+"="+value)) },
	"a blank at the end": func(key, value string) string { return key + "%20=" + value },
	"a colon at the end": func(key, value string) string { return key + ":=" + value },
	"blanks and a colon": func(key, value string) string { return key + "%20:%20=" + value },
	"blanks for joints": func(key, value string) string {
		return "a=b&" + strings.NewReplacer("_", "%20", "-", "%20").Replace(key) + "=" + value
	},
	"a plus at the end": func(key, value string) string { return "a=1&" + key + "+=+" + value },
	"an array":          func(key, value string) string { return key + "[]=" + value + "&" + key + "[0]=" + value },
	"a member":          func(key, value string) string { return "user[" + key + "]=" + value },
	"after a semicolon": func(key, value string) string { return "a=1;" + key + "=" + value },
	"JSON":              func(key, value string) string { return "d=" + url.QueryEscape(`{"a":1,"`+key+`":"`+value+`"}`) },
	"GraphQL": func(key, value string) string {
		return "query={user(" + strings.NewReplacer("-", "_", ".", "_").Replace(key) + `:%20"` + value + `"){id}}`
	},
	"a URL in a value": func(key, value string) string { return "redirect=https://h/?" + key + "=" + value + "&b=2" },
	"an escaped URL": func(key, value string) string {
		return "redirect=" + url.QueryEscape("https://h/x?b=1&"+key+"="+value) + "&b=2"
	},
	"a fragment of a URL": func(key, value string) string { return "redirect=" + url.QueryEscape("https://h/x#"+key+"="+value) },
}

func TestSecretsOfEachKindLeaveInNoSpelling(t *testing.T) {
	const value = "Fk3canary"
	all := 0
	for kind, keys := range secretKeys {
		t.Run(kind, func(t *testing.T) {
			for key := range strings.FieldsSeq(keys) {
				for spelling, write := range spellings {
					query := write(key, value)
					left := Builtin.Query(query)
					assert.NotContains(t, left, value, spelling)
					assert.Equal(t, left, Builtin.Query(left), "%s, once more", spelling)
					assert.NotContains(t, Builtin.Header("https://h/x?"+query), value, spelling)
					assert.False(t, Builtin.Spare(query), query)
					all++
				}
				assert.NotContains(t, Builtin.Path("/a;"+key+"="+value+"/b"), value, "a matrix parameter")
				t.Log(Builtin.Query(key + "=" + value + "&page=2"))
			}
		})
	}
	assert.GreaterOrEqual(t, all, 300)
}

// issuedTokens are tokens that nobody issued, by issuer.
var issuedTokens = map[string]string{
	"JSON Web Tokens": aJWT + ` eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.e30.ZmFrZQ.x eyJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiZGlyIn0..ZmFrZWl2ZmFrZQ.ZmFrZQ.ZmFrZQ`,
	"GitHub":          aToken + ` gho_FAKEfake1234FAKEfake1234FAKEfake1234 ghu_FAKEfake1234 ghs_FAKEfake1234FAKE ghr_FAKEfake1234 github_pat_11FAKEFAKE0fakefake1234_FAKEfake`,
	"GitLab":          `glpat-FAKE-fake1234fake_FAKE glptt-fakefake1234fakefake1234 glrt-FAKEfake1234FAKE`,
	"Slack":           `xoxb-123456789012-1234567890123-FAKEfakeFAKEfake xoxp-123456789012-fake xapp-1-A0FAKE-1234567890123-fakefake`,
	"Stripe":          `sk_live_FAKEfake1234FAKE sk_test_FAKEfake1234FAKE rk_live_FAKEfake1234FAKE rk_test_FAKEfake1234FAKE whsec_FAKEfake1234FAKE`,
	"AWS":             `AKIAFAKEFAKEFAKEFAKE ASIAFAKE1234FAKE5678 AKIAFAKE1234FAKE5678`,
	"others":          `npm_FAKEfake1234FAKEfake1234FAKEfake1234 AIzaFAKEfake1234FAKEfake1234FAKEfake123 SG.FAKEfake1234FAKEfake12.FAKEfake1234 hf_FAKEfake1234FAKEfake sk-proj-FAKEfake1234-FAKEfake sk-ant-api03-FAKEfake1234FAKE`,
	"HTTP":            `Bearer%20FAKEfake1234 bearer+FAKEfake1234.fake Bearer%20` + aJWT + ` Basic%20YWxpY2U6ZmFrZS1wYXNzd29yZA== basic%20ZmFrZTpmYWtlLWZha2U%3D`,
}

func TestTokensOfEachIssuerLeaveUnderNoKeyAndInNoPath(t *testing.T) {
	for issuer, tokens := range issuedTokens {
		t.Run(issuer, func(t *testing.T) {
			for token := range strings.FieldsSeq(tokens) {
				for _, query := range []string{"ref=" + token, "a=1&x[]=" + token + "&b=2", "to=" + url.QueryEscape("https://h/?y="+token), "d=" + url.QueryEscape(`{"v":"`+token+`"}`)} {
					left := Builtin.Query(query)
					assert.Contains(t, left, redacted, query)
					assert.NotContains(t, strings.ToLower(decodeAll(left)), "fake", query)
					assert.False(t, Builtin.Spare(query), query)
				}
				assert.NotContains(t, strings.ToLower(Builtin.Path("/v/"+token+"/x")), "fake", token)
				assert.NotContains(t, strings.ToLower(Builtin.Header("https://h/v/"+token+"/x?a="+token)), "fake", token)
				t.Log(Builtin.Query("ref=" + token + "&page=2"))
			}
		})
	}
}

func TestWordsThatAreKeysOfSignedURLsToo(t *testing.T) {
	for promise, queries := range map[string][]string{
		"a policy or a signature goes": {
			"Policy=eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiZmFrZSJ9XX0_", "policy=eyJ9", "sign=3F9A2B1C4D5E6F708192A3B4C5D6E7F8", "sign=a9f0e1d2c3", "X-Sign=%22b1c2d3e4f5%22",
			"sign=a+a9f0e1d2c3", "sign=ab/a9f0e1d2c3", "sign=v1:a9f0e1d2c3", "sign=leo%20a9f0e1d2c3", "sign=%22t=1,v1=a9f0e1d2c3%22", `d={%22sign%22:%22a/a9f0e1d2c3%22}`,
			"api_sign=ZmFrZXNpZ25hdHVyZWZha2VzaWduYXR1cmU%3D", "app_session=k3j4h5g6f7", "_fake_session=s1e2s3s4", "symfony=a1b2c3d4e5f6", `d={%22sign%22:%22a9f0e1d2c3%22}`,
		},
		"a word stays": {
			"Policy=returns", "policy=refund-30-days", "sign=leo", "sign=capricorn2024", "sign=%22leo%22", "training_session=2", "sign=", "symfony=6.4", `d={%22sign%22:%22leo%22}`,
			"sign=leo&id=a9f0e1d2c3", "to=%2Fx%3Fsign%3Dleo%26id%3Da9f0e1d2c3", `d={%22sign%22:%22leo%22,%22id%22:%22a9f0e1d2c3%22}`, "sign=neon+open",
		},
	} {
		t.Run(promise, func(t *testing.T) {
			for _, query := range queries {
				assert.Equal(t, promise == "a word stays", Builtin.Query(query) == query, Builtin.Query(query))
			}
		})
	}
}
