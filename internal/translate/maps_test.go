// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// nested is a value under keys that are joined by dots.
func nested(key string, v any) map[string]any {
	first, rest, isDeeper := strings.Cut(key, ".")
	if !isDeeper {
		return map[string]any{first: v}
	}
	return map[string]any{first: nested(rest, v)}
}

func TestNestedMapsAreReadSixDeep(t *testing.T) {
	for name, c := range map[string]struct{ key, want string }{
		"one map":                 {"a.agent", "x"},
		"six maps":                {"a.b.c.d.e.f.agent", "x"},
		"seven maps are too many": {"a.b.c.d.e.f.g.agent", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tr := translation.New(translate.Config{Attributes: map[string][]string{"user_agent": {c.key}}})
			v, skip := tr.LogRecord(requestRecord(t, nested(c.key, "x")))
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.want, v.Text[visit.UserAgent])

			as := strings.Split(c.key, ".")
			text := `{"request_method":"GET","request_uri":"/a","status":200,"` + strings.Join(as, `":{"`) + `":"x"` + strings.Repeat("}", len(as))
			v, skip = tr.LogRecord(fixture.LineRecord(text))
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.want, v.Text[visit.UserAgent], "as JSON")
		})
	}
}

func TestJSONInATextIsAsDeepAsAMap(t *testing.T) {
	for name, c := range map[string]struct{ key, text, agent, want string }{
		"at the fifth level":               {"a.b.c.d.e.s", `{"x":"y"}`, "x", "y"},
		"at the sixth level":               {"a.b.c.d.e.f.s", `{"x":"y"}`, "x", ""},
		"down to the sixth level":          {"a.b.c.s", `{"d":{"e":{"x":"y"}}}`, "d.e.x", "y"},
		"down to the seventh level":        {"a.b.c.s", `{"d":{"e":{"f":{"x":"y"}}}}`, "d.e.f.x", ""},
		"in a text that begins like JSON":  {"s", `{"x":"y"`, "x", ""},
		"in a text that is nearly nothing": {"s", `{`, "x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tr := translation.New(translate.Config{Attributes: map[string][]string{"request_line": {c.key}, "user_agent": {c.key + "." + c.agent}}})
			v, skip := tr.LogRecord(requestRecord(t, nested(c.key, c.text)))
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.want, v.Text[visit.UserAgent])
		})
	}
}

func TestMapsAndJSONAreReadAlike(t *testing.T) {
	inner := `{"header":{"user-agent":"x"}}`
	for name, v := range map[string]any{
		"a map":                 map[string]any{"header": map[string]any{"user-agent": "x"}},
		"JSON in a text":        inner,
		"JSON in a list of one": []any{inner},
	} {
		t.Run(name, func(t *testing.T) {
			tr := translation.New(translate.Config{Attributes: map[string][]string{"user_agent": {"properties.header.user-agent"}}})
			got, skip := tr.LogRecord(requestRecord(t, map[string]any{"properties": v}))
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, "x", got.Text[visit.UserAgent])
		})
	}
}

// TestTheOrderOfKeysChangesNothing: keys are remembered by their places in items.
func TestTheOrderOfKeysChangesNothing(t *testing.T) {
	tr := translation.New(translate.Config{})
	keys := []string{"request_method", "request_uri", "status", "http_user_agent", "http_referer"}
	values := map[string]string{"request_method": "GET", "request_uri": "/a", "status": "200", "http_user_agent": "x", "http_referer": "https://r.example/"}
	for more := range 300 {
		record := plog.NewLogRecord()
		for range more % 40 { // more than there are places
			record.Attributes().PutStr(strings.Repeat("x", 1+record.Attributes().Len()), "")
		}
		for i := range keys {
			key := keys[(i+more)%len(keys)]
			record.Attributes().PutStr(key, values[key])
		}
		v, skip := tr.LogRecord(record)
		require.Equal(t, visit.NotSkipped, skip)
		require.Equal(t, "x", v.Text[visit.UserAgent])
		require.Equal(t, "https://r.example/", v.Text[visit.Referer])
		if more%70 == 0 {
			tr.End()
		}
	}
}
