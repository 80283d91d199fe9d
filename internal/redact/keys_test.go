// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestUsualQueriesAreSpared: most queries are not looked at byte by byte.
func TestUsualQueriesAreSpared(t *testing.T) {
	for query, want := range map[string]bool{
		"": true, "utm_source=chatgpt.com": true, "q=a%20b&page=2": true, "q=%C3%BC": true, "a=b=c": true, "flag": true,
		"token=s": false, "a=token=s": false, "%74oken=s": false, "q=a%26token%3Ds": false, "a=b#c": false, "a=%zz": false, "a=\"": false,
	} {
		assert.Equal(t, want, Builtin.Spare(query), query)
	}
	for _, key := range usualKeys {
		assert.False(t, Builtin.isSecret(key), "%s is no usual key: it is secret", key)
	}
}

func TestConfiguredKeysMayHaveParts(t *testing.T) {
	k := Builtin.With([]string{"user.voucher", "order[code_2]"}, []string{"app.state"})
	for text, want := range map[string]string{
		"user.voucher2=s3&user.voucher[0]=s3":                "user.voucher2=REDACTED&user.voucher[0]=REDACTED",
		"user.voucher=s3&user%2Evoucher=s3&User[Voucher]=s3": "user.voucher=REDACTED&user%2Evoucher=REDACTED&User[Voucher]=REDACTED",
		"order%5Bcode_2%5D=s3&userVoucher=s3":                "order%5Bcode_2%5D=REDACTED&userVoucher=REDACTED",
		"voucher=1&a.user.voucher=1&user.vouchers=1":         unchanged,
		"app.state=berlin&app%2Estate=berlin":                unchanged,
		"app.state2=berlin&app.state[1]=berlin":              unchanged,
		"state=s3&app.x.state=s3":                            "state=REDACTED&app.x.state=REDACTED",
		"user.token=s3":                                      "user.token=REDACTED",
	} {
		if want == unchanged {
			want = text
		}
		assert.Equal(t, want, k.redact(text, queryText), text)
	}
}
