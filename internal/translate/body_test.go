// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

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

// TestOddJSONIsRead has JSON that readers disagree about.
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

func TestWhatAContainerRuntimeWritesBeforeALineIsRemoved(t *testing.T) {
	const line = `{"request_method":"GET","request_uri":"/a","status":200}`
	for name, c := range map[string]struct {
		prefix string
		want   visit.SkipReason
	}{
		"nothing":                   {"", visit.NotSkipped},
		"standard output":           {"2026-05-04T09:15:02.120Z stdout F ", visit.NotSkipped},
		"after another prefix":      {"web-1  | 2026-05-04T09:15:02.120Z stdout F ", visit.NotSkipped},
		"standard error":            {"2026-05-04T09:15:02.120000000+00:00 stderr F ", visit.NotSkipped},
		"the first part of a line":  {"2026-05-04T09:15:02.120Z stdout P ", visit.SkipNotAccessLog},
		"a prefix that has no time": {"shop stdout F ", visit.SkipNotAccessLog},
		"a prefix with other marks": {"2026-05-04T09:15:02.120Z stdout_F ", visit.SkipNotAccessLog},
	} {
		t.Run(name, func(t *testing.T) {
			_, skip := translateText(c.prefix + line)
			assert.Equal(t, visit.SkipReasons[c.want], visit.SkipReasons[skip])
		})
	}
	t.Run("a line that is nothing but a prefix", func(t *testing.T) {
		for _, text := range []string{"2026-05-04T09:15:02.120Z stdout F", "2026-05-04T09:15:02.120Z stdout F ", " std", "x std"} {
			_, skip := translateText(text)
			assert.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip])
		}
	})
}

func TestValuesOfEveryKindAreRead(t *testing.T) {
	for name, c := range map[string]struct{ json, want string }{
		"a text":                   {`"x"`, "x"},
		"an empty text":            {`""`, ""},
		"a whole number":           {`7`, "7"},
		"a number with a fraction": {`7.5`, "7.5"},
		"a number beyond all":      {`-1e999`, ""},
		"a switch":                 {`true`, "true"},
		"nothing":                  {`null`, ""},
		"a list of one":            {`["x"]`, "x"},
		"a list of one number":     {`[7]`, "7"},
		"a list":                   {`["x",7,null,"-",true]`, "x, 7, true"},
		"a list in a list":         {`[["x"],{"x":"y"},"z"]`, "z"},
		"an empty list":            {`[]`, ""},
		"an object":                {`{"x":"y"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, skip := translateText(`{"request_method":"GET","request_uri":"/a","status":200,"http_user_agent":` + c.json + `,"http_referer":"z"}`)
			require.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip])
			assert.Equal(t, c.want, v.UserAgent)
			assert.Equal(t, "z", v.Referer, "what follows is read")
		})
	}
}

func TestABodyIsReadWhateverItsType(t *testing.T) {
	fields := map[string]any{"request_method": "GET", "request_uri": "/a", "status": 200}
	for name, fill := range map[string]func(pcommon.Value){
		"a map":  func(v pcommon.Value) { _ = v.SetEmptyMap().FromRaw(fields) },
		"a text": func(v pcommon.Value) { v.SetStr(`{"request_method":"GET","request_uri":"/a","status":200}`) },
		"bytes": func(v pcommon.Value) {
			v.SetEmptyBytes().FromRaw([]byte(`{"request_method":"GET","request_uri":"/a","status":200}`))
		},
		"a map that wraps a line": func(v pcommon.Value) {
			v.SetEmptyMap().PutStr("log", `{"request_method":"GET","request_uri":"/a","status":200}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			record := plog.NewLogRecord()
			fill(record.Body())
			assert.Equal(t, "/a", translateRecord(t, record).Path)
		})
	}
}

// TestATextIsReadOnlyIfTheAttributesLackTheRequest: some receivers parse a line into
// attributes and leave the line in the body.
func TestATextIsReadOnlyIfTheAttributesLackTheRequest(t *testing.T) {
	const line = `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /line HTTP/1.1" 200 512 "-" "x"`
	for name, c := range map[string]struct {
		attributes map[string]any
		body       any
		want       string
	}{
		"the body is a text":                    {map[string]any{"request_method": "GET", "request_uri": "/a", "status": 200}, line, "/a"},
		"the body is bytes":                     {map[string]any{"request_method": "GET", "request_uri": "/a", "status": 200}, []byte(line), "/a"},
		"the body is a map with a text":         {map[string]any{"request_method": "GET", "request_uri": "/a", "status": 200}, map[string]any{"log": line}, "/a"},
		"the attributes have a request line":    {map[string]any{"request": "GET /a HTTP/1.1", "status": 200}, line, "/a"},
		"the attributes have something else":    {map[string]any{"log.file.name": "access.log", "request": "7"}, line, "/line"},
		"the attributes have a line of another": {map[string]any{"message": "started"}, line, "/line"},
		"the attributes have an empty request":  {map[string]any{"request": " /a"}, line, "/line"},
	} {
		t.Run(name, func(t *testing.T) {
			record := plog.NewLogRecord()
			require.NoError(t, record.Attributes().FromRaw(c.attributes))
			require.NoError(t, record.Body().FromRaw(c.body))
			assert.Equal(t, c.want, translateRecord(t, record).Path)
		})
	}
}

// TestJSONThatIsNestedDeepIsReadWhole: such JSON is validated first.
func TestJSONThatIsNestedDeepIsReadWhole(t *testing.T) {
	request := `"request_method":"GET","request_uri":"/a","status":200`
	inner := `\"httpMethod\":\"GET\",\"requestUri\":\"/a\",\"httpStatus\":200`
	for name, c := range map[string]struct {
		text string
		want visit.SkipReason
	}{
		"with as many brackets as most": {`{"x":[` + strings.Repeat(`[],`, 13) + `[]],` + request + `}`, visit.NotSkipped},
		"with more":                     {`{"x":[` + strings.Repeat(`[],`, 30) + `[]],` + request + `}`, visit.NotSkipped},
		"with more, and broken":         {`{` + request + `,"x":[` + strings.Repeat(`[],`, 30) + `[]`, visit.SkipNotAccessLog},
		"within a text":                 {`{"log.file.name":"x","properties":"{` + inner + `,\"x\":[` + strings.Repeat(`[],`, 30) + `[]]}"}`, visit.NotSkipped},
		"within a text, and broken":     {`{"properties":"{` + inner + `,\"x\":[` + strings.Repeat(`[],`, 30) + `[]}"}`, visit.SkipNotAccessLog},
	} {
		t.Run(name, func(t *testing.T) {
			_, skip := translateText(c.text)
			assert.Equal(t, visit.SkipReasons[c.want], visit.SkipReasons[skip])
		})
	}
}

func TestATextOfTheGreatestLengthIsRead(t *testing.T) {
	line := `{"request_method":"GET","request_uri":"/a","status":200}`
	for name, c := range map[string]struct {
		more int
		want visit.SkipReason
	}{
		"the greatest length": {256<<10 - len(line) - len(`"":"",`), visit.NotSkipped},
		"a byte more":         {256<<10 - len(line) - len(`"":"",`) + 1, visit.SkipNotAccessLog},
	} {
		t.Run(name, func(t *testing.T) {
			_, skip := translateText(`{"":"` + strings.Repeat("x", c.more) + `",` + line[1:])
			assert.Equal(t, visit.SkipReasons[c.want], visit.SkipReasons[skip])
		})
	}
}

// TestALineOfAContainerIsReadAsTheLine: what containerd, CRI-O and Docker write around a line
// changes neither whether it is a visit nor of which page.
func TestALineOfAContainerIsReadAsTheLine(t *testing.T) {
	files, err := filepath.Glob("../../testdata/sources/*/lines.log")
	require.NoError(t, err)
	lines := 0
	for _, file := range files {
		if strings.Contains(file, "docker-json-file") || strings.Contains(file, "container-runtime") {
			continue // they are so already
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			lines++
			want, wantSkip := translateText(line)
			wrapped, err := json.Marshal(map[string]string{"log": line, "stream": "stdout", "time": "2026-05-04T09:15:02.158771Z"})
			require.NoError(t, err)
			for _, kept := range []string{"2026-05-04T09:15:02.158771Z stdout F " + line, string(wrapped)} {
				got, skip := translateText(kept)
				assert.Equal(t, visit.SkipReasons[wantSkip], visit.SkipReasons[skip], kept)
				assert.Equal(t, want.Path, got.Path, kept)
			}
		}
	}
	assert.Greater(t, lines, 500)
}
