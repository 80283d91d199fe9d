// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

var rulesOfTests = NewRules(Config{}, visit.FieldSet{})

// newJSONReader is a translator that is about to read a log record.
func newJSONReader() *Translator {
	t := NewTranslator(rulesOfTests, time.UTC)
	t.wrapper.seek()
	return t
}

// requireSameJSON shows that a flat object says what it says when it is read as any other.
// It reports whether the object is flat.
func requireSameJSON(t *testing.T, text string) bool {
	t.Helper()
	flat, other := newJSONReader(), newJSONReader()
	for range 2 { // the second time all places are known
		flat.facts.reset(0)
		flat.wrapper.seek()
		if !flat.readFlatJSON(text, 0) {
			require.Equal(t, visit.FieldSet{}, flat.facts.present, "%q", text)
			return false
		}
		other.facts.reset(0)
		other.wrapper.seek()
		require.True(t, other.readJSON(text), "%q", text)
		if other.facts != flat.facts {
			require.Equal(t, other.facts, flat.facts, "%q", text)
		}
		require.Equal(t, string(other.wrapper.path), string(flat.wrapper.path), "%q", text)
		require.Equal(t, other.wrapper.outer, flat.wrapper.outer, "%q", text)
	}
	return true
}

var flatKeys = []string{
	"msec", "time", "remote_addr", "request_method", "request", "request_uri", "status", "status_code", "request_time", "duration", "http_user_agent", "host",
	"meta.req.method", "meta.req.url", "log.record.request", "StatusCode", "level", "", "a.method", "http.request.method", "http.url", "message",
}

var flatValues = []string{
	`"GET"`, `"GET /a HTTP/1.1"`, `"/a?b=c"`, `"203.0.113.9"`, `"200"`, `200`, `-1`, `0.038`, `-0`, `1777886102.158`, `12345678901234567890`, `1e3`, `01`, `1.`, `.5`, `true`, `false`, `null`,
	`"www.example.com"`, `"2026-05-04T09:15:02Z"`, `""`, `"-"`, `"a\"b"`, "\"caf\u00e9\"", "\"a\tb\"", "\"a\x7fb\"", `{"a":1}`, `["GET"]`, `"{\"a\":1}"`, `"cut`, `nul`, `"[[[[[[[[[[[[[[[[[[[["`,
}

func TestFlatObjectsAreReadAsAllOthers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	marks := []string{"", "", "", "", " ", "\n", "\t\r ", "\v", "x"}
	mark := func() string {
		if random.IntN(8) == 0 {
			return marks[random.IntN(len(marks))]
		}
		return ""
	}
	flat := 0
	for range 20_000 {
		var text strings.Builder
		text.WriteString("{" + mark())
		for i := range 1 + random.IntN(8) {
			if i > 0 {
				text.WriteString("," + mark())
			}
			value := flatValues[random.IntN(len(flatValues))]
			if random.IntN(3) > 0 {
				value = flatValues[random.IntN(10)]
			}
			text.WriteString(`"` + flatKeys[random.IntN(len(flatKeys))] + `"` + mark() + ":" + mark() + value + mark())
		}
		text.WriteString("}")
		if requireSameJSON(t, text.String()) {
			flat++
		}
	}
	assert.Greater(t, flat, 2_000, "the fast way is taken")
}

// FuzzFlatJSON shows the same for any text.
func FuzzFlatJSON(f *testing.F) {
	f.Add(`{"a":"b", "status":200,"request":"GET / HTTP/1.1"}`)
	f.Add(`{"request_time":0.0380,"x":null , "y":true}`)
	f.Fuzz(func(t *testing.T, text string) {
		if text != "" && text[0] == '{' {
			requireSameJSON(t, text)
		}
	})
}
