// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// translateText translates a log record whose body is a text.
func translateText(text string) (fixture.Observed, visit.SkipReason) {
	t := translation.New(translate.Config{})
	v, skip := t.LogRecord(fixture.LineRecord(text))
	if skip != visit.NotSkipped {
		return fixture.Observed{}, skip
	}
	return translation.Observe(v), skip
}

func TestTextsOfOtherKindsAreSkipped(t *testing.T) {
	for _, text := range []string{
		"", " ", "{", "{}", "{]", "[]", "null", `"GET / HTTP/1.1"`, "GET / HTTP/1.1", "listening on :8080",
		strings.Repeat("{\"a\":", 100_000), strings.Repeat("x", 256<<10+1), strings.Repeat("a=b ", 1000), strings.Repeat(" ", 300),
		`{"request_method":"GET","request_uri":"/cut","status":200,"http_user_agent":"Mozi`,
		`{"request_method":"GET","request_uri":"/cut","status":200,"http_user_agent":"x"} and more`,
		`{"method":"getUser","path":"/srv/app.js","status":200}`,
		`{"method":"GET","path":"/x","status":"ok"}`,
		`method=GET path="/cut status=200`,
		`203.0.113.9 - - [99/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 200 1`,
		`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 20`,
		`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 200 5k`,
		`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 200 5 "-"`,
		`a b c d e f [04/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 200 5`,
	} {
		t.Run(text[:min(len(text), 80)], func(t *testing.T) {
			_, skip := translateText(text)
			assert.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip])
		})
	}
}

// TestOddJSONIsRead shows what JSON readers differ in.
func TestOddJSONIsRead(t *testing.T) {
	for name, c := range map[string]struct{ text, agent, path string }{
		"bytes that are no UTF-8":   {`{"request_method":"GET","request_uri":"/a","status":200,"http_user_agent":"x` + "\xff" + `y"}`, "x\xffy", "/a"},
		"escapes":                   {`{"request_method":"GET","request_uri":"\/a","status":200,"http_user_agent":"\u00dc \ud83e\udd16 \"x\""}`, `Ü 🤖 "x"`, "/a"},
		"bytes escaped as by nginx": {`{"request_method":"GET","request_uri":"/a","status":200,"http_user_agent":"\xC3\x9C \x22 \x5C"}`, `Ü " \`, "/a"},
		"deep neighbours":           {`{"x":` + strings.Repeat(`{"y":`, 50) + `1` + strings.Repeat(`}`, 50) + `,"request_method":"GET","request_uri":"/a","status":200,"http_user_agent":"x"}`, "x", "/a"},
		"a number beyond all":       {`{"duration":1e999,"request_method":"GET","request_uri":"/a","status":200.0,"http_user_agent":"x"}`, "x", "/a"},
		"the first of two":          {`{"request_method":"GET","request_uri":"/a","request_uri":"/b","status":"200","http_user_agent":["x"]}`, "x", "/a"},
	} {
		t.Run(name, func(t *testing.T) {
			v, skip := translateText(c.text)
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.agent, v.UserAgent)
			assert.Equal(t, c.path, v.Path)
		})
	}
}

func TestJSONWithinJSONIsRead(t *testing.T) {
	v, skip := translateText(`{"properties":"{\"httpMethod\":\"GET\",\"requestUri\":\"/a?b=c\",\"httpStatus\":\"200\",\"userAgent\":\"x\"}"}`)
	require.Equal(t, visit.NotSkipped, skip)
	assert.Equal(t, "b=c", v.Query)
}
