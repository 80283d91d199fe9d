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
// credential. The name is in lower case with "-".
func IsCredentialHeader(name string) bool {
	if credentialHeaders[name] {
		return true
	}
	for _, start := range []string{"cf-access-", "x-amz-cf-"} {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	for _, end := range []string{"-token", "-secret", "-key", "-auth", "-password"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return !slices.Contains(visit.RequestHeaders[:], name) && redact.IsCredential([]byte(redact.Plain(name)))
}

// credentialHeaders carry credentials although their names do not say so. Known
// Agents' own clients never send them either.
var credentialHeaders = ascii.WordSet(`authentication-info www-authenticate proxy-authenticate x-forwarded-client-cert`)

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
