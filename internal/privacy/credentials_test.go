// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// credentialHeadersOfVendors carry credentials, or what a gateway says of a user.
var credentialHeadersOfVendors = strings.Fields(`x-amzn-oidc-data x-amzn-oidc-identity x-amzn-oidc-accesstoken x-amzn-mtls-clientcert
	x-session x-session-id x-sessionid sessionid x-usersession x-sid x-connect-sid x-otp x-otp-code x-totp x-mfa-code x-pin x-pass x-passcode x-passwd
	x-vercel-protection-bypass x-ms-client-principal x-ms-client-principal-id x-ms-token-aad-id-token x-goog-iap-jwt-assertion
	x-goog-authenticated-user-email x-authenticated-userid x-auth x-auth-request-user x-webauth-user x-forwarded-email x-forwarded-session
	x-shopify-hmac-sha256 x-hub-signature-256 stripe-signature x-slack-signature paypal-transmission-sig x-key x-key-id x-appkey x-functions-key
	ocp-apim-subscription-key x-api-key2 x-sig x-saml-response x-sso-ticket x-nonce replay-nonce dpop x-recaptcha x-captcha-answer x-verification-code
	x-email x-user-email emailaddress x-emailaddress x-jwt x-jwt-claims x-userinfo x-rh-identity x-ssl-client-cert client-cert-chain x-kerberos
	x-csrftoken x-oauth-scopes proxy-authentication-info x-authorisation x-cookie cookie2 set-cookie2 x-bearer x-ssn x-authn x-authz-context
	x-psk x-iban access-control-x-token x-access-code x-security-code x-login-code x-sms-code x-mfacode x-backup-code x-magic-link x-card-number
	x-cred x-psw access-code relay-state`)

// usersHeaders say who a user is.
var usersHeaders = strings.Fields(`x-forwarded-user x-forwarded-preferred-username remote-user x-remote-user x-consumer-username x-consumer-custom-id
	x-user-id x-uid x-login x-customer-number x-account-id x-member-name x-ssl-client-s-dn x-up-msisdn`)

// ordinaryHeaders carry none, although their names look a little like the others.
var ordinaryHeaders = strings.Fields(`x-request-id x-correlation-id traceparent tracestate x-country-code x-status-code x-error-code x-state x-cache-state
	authority author x-author keep-alive x-forwarded-proto x-forwarded-host x-forwarded-port x-forwarded-prefix x-forwarded-server x-forwarded-uri
	sec-gpc sec-ch-ua-form-factors sec-ch-viewport-width sec-purpose sec-websocket-protocol save-data priority pragma te trailer upgrade
	upgrade-insecure-requests if-none-match if-modified-since if-range range accept-charset accept-ranges accept-ch age allow date server vary alt-svc
	retry-after etag x-cache x-cache-hits x-served-by x-timer x-powered-by x-frame-options x-xss-protection x-content-type-options referrer-policy
	content-security-policy strict-transport-security permissions-policy cross-origin-opener-policy access-control-allow-headers
	access-control-allow-credentials cf-ray cf-ipcountry cf-visitor cf-cache-status x-vercel-id x-vercel-cache x-vercel-ip-country fly-region
	x-device-type x-requested-with x-mailer x-resident x-hotpink x-passenger-count x-spinner x-monkey x-hostname x-robots x-inside x-user-agent
	x-device-user-agent x-user-type x-customer-tier x-account-region x-member-since x-consumer-groups x-phone-support
	mcp-method x-b3-traceid x-amzn-trace-id x-cloud-trace-context x-datacenter content-digest repr-digest warc-id x-concert x-certified x-code code state x-zip-code x-promo-code x-link`)

func TestCredentialsCannotBeAdded(t *testing.T) {
	for _, name := range append(fixture.CanaryHeaders[:28], credentialHeadersOfVendors...) {
		assert.True(t, IsCredentialHeader(name), name)
		f, added := validation.NewFaults(), HeaderListConfig{Add: []string{name}}
		(&Config{Headers: HeadersConfig{Request: added, Response: added}}).Check(f)
		assert.ErrorContains(t, f.Err(), "`headers::request::add` has \""+validation.Shorten(name), name)
		assert.ErrorContains(t, f.Err(), "`headers::response::add` has \""+validation.Shorten(name), name)
	}
	assert.False(t, IsCredentialHeader(""))
}

func TestHeadersThatSayWhoAUserIsCannotBeAdded(t *testing.T) {
	for _, name := range usersHeaders {
		f := validation.NewFaults()
		(&Config{Headers: HeadersConfig{Request: HeaderListConfig{Add: []string{name}}}}).Check(f)
		assert.ErrorContains(t, f.Err(), "says who a user is", name)
	}
}

func TestOrdinaryHeadersCanBeAdded(t *testing.T) {
	for _, name := range append(append(visit.RequestHeaders[:], visit.ResponseHeaders[:]...), ordinaryHeaders...) {
		assert.False(t, IsCredentialHeader(name) || saysWhoAUserIs(name) && name != "sec-fetch-user", name)
	}
}

func TestTheHeaderThatAnAttributeHoldsIsKnownByItsKey(t *testing.T) {
	for key, want := range map[string]string{
		"http.request.header.X-Api-Key": "x-api-key", "http_x_api_key": "x-api-key", "request_x_api_key": "x-api-key",
		"sent_http_set_cookie": "set-cookie", "downstream_Set-Cookie": "set-cookie", "cookie": "cookie", "": "",
	} {
		assert.Equal(t, want, HeaderOfKey(key), key)
	}
}
