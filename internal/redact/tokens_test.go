// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	aToken = "ghp_FAKEfake1234FAKEfake1234FAKEfake1234"
	aJWT   = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJmYWtlIn0.ZmFrZS1zaWduYXR1cmU"
)

func TestTokensLeaveUnderNoKey(t *testing.T) {
	redactions{
		"a token goes, what stands around it stays": {
			"v=" + aToken:                            "v=REDACTED",
			"v=" + aToken + "&b=2":                   "v=REDACTED&b=2",
			"v=see+" + aToken + "+thanks":            "v=see+REDACTED+thanks",
			"v=a," + aToken + "," + aJWT + ";b=2":    "v=a,REDACTED,REDACTED;b=2",
			aToken:                                   "REDACTED",
			"to=https%3A%2F%2Fh%2F%3Fv%3D" + aJWT:    "to=https%3A%2F%2Fh%2F%3Fv%3DREDACTED",
			"d=%7B%22v%22%3A%22" + aToken + "%22%7D": "d=%7B%22v%22%3A%22REDACTED%22%7D",
			"v[]=" + aToken + "&v[]=1":               "v[]=REDACTED&v[]=1",
		},
		"a token is found however it is escaped": {
			"v=" + strings.ReplaceAll(aJWT, ".", "%2E"):     "v=REDACTED",
			"v=" + strings.ReplaceAll(aJWT, ".", "%252E"):   "v=REDACTED",
			"v=%67hp%5FFAKEfake1234FAKEfake1234FAKEfake":    "v=REDACTED",
			"v=" + strings.ReplaceAll(aToken, "e", "%65"):   "v=REDACTED",
			`v=\u0067hp_FAKEfake1234FAKEfake1234FAKEfake12`: "v=REDACTED",
		},
		"credentials of the Authorization header are tokens": {
			"h=Bearer+FAKEfake1234":                 "h=REDACTED",
			"h=Bearer%20%20FAKEfake1234%2Ffake&b=2": "h=REDACTED&b=2",
			"h=bearer FAKEfake1234":                 "h=REDACTED",
			"h=Basic%20YWxpY2U6ZmFrZS1wYXNz&b=2":    "h=REDACTED&b=2",
			"h=BASIC+YWxpY2U6ZmFrZS1wYXM=":          "h=REDACTED",
		},
		"an access key id goes with what follows it": {
			"f=AKIAFAKE1234FAKE5678.txt&b=2": "f=REDACTED&b=2",
			"f=AKIAFAKE1234FAKE5678-old":     "f=REDACTED",
		},
		"what only begins like a token stays": {
			"q=ghp_+prefix&r=xoxb-token-rotation-guide-2024":               unchanged,
			"q=sk_test_environment&r=sk_live_mode_vs_test_mode":            unchanged,
			"q=npm_installation&r=hf_transformers&s=glpat-authentication":  unchanged,
			"q=bearer+of+bad+news&r=Bearer+authentication&s=bearer+oauth2": unchanged,
			"q=basic+instinct&r=Basic+JavaScript&s=basic+calculus101":      unchanged,
			"q=ASIAPACIFICCONFERENCE&r=AKIA&s=ASIA2024":                    unchanged,
			"cursor=eyJpZCI6MTAwLCJkaXIiOiJuZXh0In0&after=eyJpZCI6MX0%3D":  unchanged,
			"x=monkeyghp_FAKEfake1234FAKEfake1234":                         unchanged,
			"q=" + aToken[:4] + "&v=Bearer&v=Basic+":                       unchanged,
		},
	}.check(t, func(query string) string {
		left := Builtin.Query(query)
		assert.Equal(t, left, Builtin.Query(left), "once more")
		return left
	})
}

func TestTokensLeaveNoPath(t *testing.T) {
	redactions{
		"a token goes, the rest of the path stays": {
			"/hooks/" + aToken + "/run":    "/hooks/REDACTED/run",
			"/v/" + aJWT:                   "/v/REDACTED",
			"/a;v=" + aToken + "/b":        "/a;v=REDACTED/b",
			"/go/Bearer%20FAKEfake1234/x":  "/go/REDACTED/x",
			"/bot/xoxb-123456789012-fAk/a": "/bot/REDACTED/a",
		},
		"names of files with JSON in base 64 stay": {
			"/eyJidWNrZXQiOiJmYWtlIiwia2V5IjoiYS5qcGcifQ==":        unchanged,
			"/img/eyJidWNrZXQiOiJmYWtlIiwia2V5IjoiYS5qcGcifQ.webp": unchanged,
		},
		"long names stay": {
			"/blog/how-to-rotate-ghp_-tokens-without-downtime":    unchanged,
			"/assets/sk-5f2d8c1b7e4f60a5d18e.js":                  unchanged,
			"/_next/static/chunks/main-0a1b2c3d4e5f60718293.js":   unchanged,
			"/p/internationalisierungsstrategie-fuer-onlineshops": unchanged,
		},
	}.check(t, Builtin.Path)
}

func TestTokensLeaveNoHeaderWithURLs(t *testing.T) {
	redactions{
		"a token goes wherever it stands": {
			"https://h/a/" + aToken + "/b?v=" + aJWT + "&c=1": "https://h/a/REDACTED/b?v=REDACTED&c=1",
			`<https://h/` + aToken + `>; rel="next"`:          `<https://h/REDACTED>; rel="next"`,
			"failed: Bearer " + aJWT + " was refused":         "failed: REDACTED was refused",
		},
	}.check(t, Builtin.Header)
}

// HoldsToken looks at every tenth byte first.
func TestTokensAreFoundWhereverTheyStand(t *testing.T) {
	for length := range 40 {
		for _, filler := range []string{"a/", "-", "ab-", "%20"} {
			before := strings.Repeat(filler, length)
			assert.Equal(t, "/"+before+"/REDACTED/", Builtin.Path("/"+before+"/"+aToken+"/"))
			assert.True(t, HoldsToken(before+"/"+aToken), before)
			assert.False(t, HoldsToken(before+"/"+aToken[:12]), before)
		}
	}
}

// Each of these may begin a token that goes on to the end of the text.
func TestManyBeginningsOfTokensTakeLinearTime(t *testing.T) {
	for _, text := range []string{"xoxb-", "Bearer+", "eyJ.", "sign=", "SG.", "%78oxb-", "Basic+QUFB"} {
		text = strings.Repeat(text, 64<<10)
		assert.Equal(t, text, Builtin.Query(text), "quadratic time would be minutes, beyond the timeout of the tests")
	}
}

func TestTokensGoInWholeHoweverLong(t *testing.T) {
	for _, length := range []int{1, enough - 41, enough - 40, enough - 36, enough, 5 * enough} {
		assert.Equal(t, "v=REDACTED&b=2", Builtin.Query("v="+aToken+strings.Repeat("x", length)+"&b=2"), length)
	}
}

// FuzzTokens puts a token between anything at all.
func FuzzTokens(f *testing.F) {
	for _, s := range []string{"", "a=b&", "%", "%2", "to=https%3A%2F%2F", "Bearer ", "Basic+", "eyJ", "ghp_", "AKIA", "{\"", "\\u00", "//@", "#", "xoxb-%25"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.Contains(decodeAll(before+after), aToken[4:]) {
			return
		}
		for _, kind := range []textKind{queryText, pathText, headerText} {
			for _, token := range []string{aToken, strings.ReplaceAll(aToken, "F", "%46")} {
				left := Builtin.redact(before+"/"+token+"/"+after, kind)
				require.NotContains(t, decodeAll(left), aToken[4:])
				require.Equal(t, left, Builtin.redact(left, kind), "once more")
			}
		}
	})
}
