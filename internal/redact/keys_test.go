// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAKeyTooLongToBeLookedAtIsSecret(t *testing.T) {
	for length, want := range map[int]string{maxKeyBytes: "s3", maxKeyBytes + 1: "REDACTED"} {
		key := strings.Repeat("x", length)
		assert.Equal(t, key+"="+want, Builtin.Query(key+"=s3"), length)
	}
}

func TestConfiguredKeysMayHaveParts(t *testing.T) {
	redactions{
		"a secret key of several parts is found in any spelling": {
			"user.voucher2=s3&user.voucher[0]=s3":                "user.voucher2=REDACTED&user.voucher[0]=REDACTED",
			"user.voucher=s3&user%2Evoucher=s3&User[Voucher]=s3": "user.voucher=REDACTED&user%2Evoucher=REDACTED&User[Voucher]=REDACTED",
			"order%5Bcode_2%5D=s3&userVoucher=s3":                "order%5Bcode_2%5D=REDACTED&userVoucher=REDACTED",
		},
		"its parts alone, or with others, are not secret": {
			"voucher=1&a.user.voucher=1&user.vouchers=1": unchanged,
		},
		"a kept key of several parts stays": {
			"app.state=berlin&app%2Estate=berlin":   unchanged,
			"app.state2=berlin&app.state[1]=berlin": unchanged,
		},
		"the built-in keys stay secret elsewhere": {
			"state=s3&app.x.state=s3": "state=REDACTED&app.x.state=REDACTED",
			"user.token=s3":           "user.token=REDACTED",
		},
	}.check(t, Builtin.With([]string{"user.voucher", "order[code_2]"}, []string{"app.state"}).Query)
}

func TestConfiguredKeysAddToTheBuiltinOnes(t *testing.T) {
	redactions{
		"a secret key of one part is found as a part and in any spelling": {
			"voucherId=s3&VOUCHER-ID7=s3&a.voucher_id=s3": "voucherId=REDACTED&VOUCHER-ID7=REDACTED&a.voucher_id=REDACTED",
			"voucher=1&myVoucherId=1":                     unchanged,
		},
		"a usual key can become secret": {"page=s3&pages=1": "page=REDACTED&pages=1"},
		"digits at the end of a key do not matter": {
			"code2=s3&key9=s3&my_key10=s3":    "code2=REDACTED&key9=REDACTED&my_key10=REDACTED",
			"my_key_10=s3&promo-key2_3=s3":    "my_key_10=REDACTED&promo-key2_3=REDACTED",
			"code_1_2=s3&2_key=s3":            "code_1_2=REDACTED&2_key=REDACTED",
			"123=1&a.9=1&monkey_1=1&key_2a=1": unchanged,
		},
		"a kept key stays":                {"state=berlin&user[state]=berlin": unchanged},
		"other built-in keys stay secret": {"code=s3&mykey=1&my_key=s3&userToken=s3": "code=REDACTED&mykey=1&my_key=REDACTED&userToken=REDACTED"},
	}.check(t, Builtin.With([]string{"voucher_id", "page"}, []string{"state"}).Query)
	redactions{
		"one key of each kind": {"voucher=s3&state=berlin": "voucher=REDACTED&state=berlin"},
	}.check(t, Builtin.With([]string{"voucher"}, []string{"state"}).Query)
	assert.Same(t, Builtin, Builtin.With(nil, nil))
}

func TestThePlainFormOfAKeyHasLettersAndDigitsAlone(t *testing.T) {
	assert.Equal(t, "azaz09", Plain("AZ-az_09.é@[`{/:"))
}

func TestCredentialsAreFoundWhereverTheyStandInAName(t *testing.T) {
	for name, want := range map[string]bool{
		"token": true, "xtoken": true, "tokenx": true, "myjwt": true, "xauthorization": true, "passw": true,
		"": false, "t": false, "tok": false, "toke": false, "xtoke": false, "page": false, "pass": false,
	} {
		assert.Equal(t, want, IsCredential([]byte(name)), name)
	}
}
