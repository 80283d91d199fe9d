// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

func TestAFoldedKeyIsFoundInEverySpelling(t *testing.T) {
	table := ascii.NewFoldedTable(map[string]int{"statuscode": 1, "useragent": 2, "authority": 3, "ip": 4, "csuseragent": 5, "http2ua": 6, "": 7})
	for want, spellings := range map[int]string{
		1: "statuscode status_code StatusCode STATUS-CODE status.code statusCode _status_code_ __status__code__",
		2: "useragent user-agent User_Agent .user.agent USERAGENT", 3: ":authority authority @AUTHORITY", 4: "ip IP Ip i_p",
		5: "cs-User-Agent cs_user_agent csUserAgent", 6: "http2_ua HTTP2-UA",
	} {
		for spelling := range strings.FieldsSeq(spellings) {
			found := ascii.FindFolded(table, spelling)
			require.NotNil(t, found, spelling)
			assert.Equal(t, want, *found, spelling)
			assert.Same(t, found, ascii.FindFolded(table, []byte(spelling)), spelling)
		}
	}
	for _, other := range []string{"", "_", "...", "statuscodes", "xstatuscode", "status/code", "user agent", "user(agent)", "statuscodé", "ıp", "i\x00p", strings.Repeat("_", 95) + "ip", strings.Repeat("u", 1<<16)} {
		assert.Nil(t, ascii.FindFolded(table, other), other)
	}
}

func TestAFoldedKeyIsTheSameInEverySpelling(t *testing.T) {
	for spelling, want := range map[string]string{"cs(User-Agent)": "cs(useragent)", "@timestamp": "timestamp", "a.b_c-d:eF": "abcdef", "": "", "-": "", "Ü": "Ü"} {
		assert.Equal(t, want, ascii.Fold(spelling), spelling)
	}
}
