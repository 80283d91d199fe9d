// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"strconv"
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

func TestAQueryThatIsAMapIsMadeAgain(t *testing.T) {
	for name, c := range map[string]struct{ members, query string }{
		"texts":                         {`"query":{"a":"1","b":"2"}`, "a=1&b=2"},
		"bytes that have a meaning":     {`"query":{"a&b":"x y=z","c":"#+%41","d":"é"}`, "a%26b=x%20y%3Dz&c=%23%2B%2541&d=%C3%A9"},
		"numbers, truth and nothing":    {`"query":{"n":7,"f":1.5,"t":true,"e":"","z":null}`, "n=7&f=1.5&t=true&e=&z="},
		"a list":                        {`"query":{"a":["x",2]}`, "a=x&a=2"},
		"a secret":                      {`"query":{"a":"1","token":"s3cr3t"}`, "a=1&token=REDACTED"},
		"a secret in a list":            {`"query":{"password":["a","b"]}`, "password=REDACTED&password=REDACTED"},
		"a secret in a text of JSON":    {`"query":"{\"a\":\"1\",\"token\":\"s3cr3t\"}"`, "a=1&token=REDACTED"},
		"a secret behind a bracket":     {`"query":{"user[password]":"x"}`, "user%5Bpassword%5D=REDACTED"},
		"nothing":                       {`"query":{}`, ""},
		"nothing in a text":             {`"query":"{}"`, ""},
		"a list in a text":              {`"query":"[\"a\",\"b\"]"`, ""},
		"a map in it":                   {`"query":{"a":{"b":"1"},"c":"2"}`, ""},
		"a map in a list in it":         {`"query":{"a":[{"b":"1"}]}`, ""},
		"a map in a text":               {`"query":"{\"a\":{\"b\":1}}"`, ""},
		"several texts":                 {`"query":["a=1","b=2"]`, ""},
		"one text in a list":            {`"query":["a=1"]`, "a=1"},
		"other spellings of the key":    {`"queryStringParameters":{"a":"1"}`, "a=1"},
		"what a function was called by": {`"args":{"id":"7"}`, ""},
		"a query as text beside it":     {`"query_string":"x=1","query":{"a":"2"}`, "x=1"},
		"the same in the other order":   {`"query":{"a":"2"},"query_string":"x=1"`, "x=1"},
		"keys of a request in it":       {`"query":{"method":"POST","path":"/x","status":"500"}`, "method=POST&path=%2Fx&status=500"},
		"SQL":                           {`"query":"SELECT a FROM b WHERE c=1"`, ""},
		"GraphQL":                       {`"query":"{ user(id: 7) { name } }"`, ""},
		"GraphQL with a name":           {`"query":"query X($a: Int = 1) { user }"`, ""},
		"words that are no language":    {`"query":"/c dir c:\\\\"`, "/c%20dir%20c:%5C%5C"},
		"a blank in a value":            {`"query":"q=a b"`, "q=a%20b"},
		"braces that are no JSON":       {`"query":"{7*7}"`, "%7B7*7%7D"},
	} {
		t.Run(name, func(t *testing.T) {
			line := `{"method":"GET","path":"/a","status":200,"ip":"203.0.113.9",` + c.members + `}`
			tr := translation.Logs(translate.Config{}, fixture.Arrival, fixture.NewLines(fixture.Arrival, []byte(line)))
			require.Len(t, tr.Visits, 1)
			assert.Equal(t, "/a", tr.Visits[0].Path)
			assert.Equal(t, "GET", tr.Visits[0].Method)
			assert.Equal(t, 200, tr.Visits[0].Status)
			assert.Equal(t, c.query, tr.Visits[0].Query)
		})
	}
}

func TestAQueryInThePathComesBeforeTheMap(t *testing.T) {
	for _, key := range []string{"path", "url", "uri", "request_uri"} {
		tr := translation.Logs(translate.Config{}, fixture.Arrival, fixture.NewLines(fixture.Arrival, []byte(`{"method":"GET","`+key+`":"/a?x=1&y","query":{"y":"","x":"1"},"status":200,"ip":"203.0.113.9"}`)))
		require.Len(t, tr.Visits, 1, key)
		assert.Equal(t, "/a", tr.Visits[0].Path, key)
		assert.Equal(t, "x=1&y", tr.Visits[0].Query, key)
	}
}

func TestAQueryInAMapOfAttributesIsMadeAgain(t *testing.T) {
	for name, c := range map[string]struct {
		value any
		query string
	}{
		"a text":                {map[string]any{"a b": "x&y"}, "a%20b=x%26y"},
		"a number":              {map[string]any{"a": int64(7)}, "a=7"},
		"a secret":              {map[string]any{"token": "s3cr3t"}, "token=REDACTED"},
		"a list":                {map[string]any{"a": []any{"x", int64(2)}}, "a=x&a=2"},
		"nothing":               {map[string]any{}, ""},
		"a map in it":           {map[string]any{"a": map[string]any{"b": "1"}}, ""},
		"a map in a list in it": {map[string]any{"a": []any{map[string]any{"b": "1"}}}, ""},
		"several texts":         {[]any{"a=1", "b=2"}, ""},
		"one text in a list":    {[]any{"a=1"}, "a=1"},
	} {
		t.Run(name, func(t *testing.T) {
			tr := translation.New(translate.Config{})
			v, skip := tr.LogRecord(requestRecord(t, map[string]any{"query": c.value}))
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.query, v.Query)
		})
	}
}

// TestALongMapIsCutOff: whoever asks chooses how long it is.
func TestALongMapIsCutOff(t *testing.T) {
	long := map[string]any{}
	for i := range 20_000 {
		long["parameter"+strconv.Itoa(i)] = strings.Repeat("x", 20)
	}
	tr := translation.New(translate.Config{})
	v, skip := tr.LogRecord(requestRecord(t, map[string]any{"query": long}))
	require.Equal(t, visit.NotSkipped, skip)
	assert.LessOrEqual(t, len(v.Query), visit.MaxTargetBytes)
	assert.True(t, v.Cut)
}

// TestKeysInAQueryAreTheVisitors: they make no request, in a map as in JSON.
func TestKeysInAQueryAreTheVisitors(t *testing.T) {
	record := plog.NewLogRecord()
	require.NoError(t, record.Body().SetEmptyMap().FromRaw(map[string]any{
		"msg": "slow", "status": 200, "user_agent": "x", "duration_ms": 3,
		"request": map[string]any{"querystring": map[string]any{"method": "GET", "path": "/evil"}},
	}))
	_, skip := translation.New(translate.Config{}).LogRecord(record)
	assert.Equal(t, visit.SkipNotAccessLog, skip)
}

func TestARequestMayLieDeepInAMapOfThatName(t *testing.T) {
	v, skip := translation.New(translate.Config{}).LogRecord(fixture.LineRecord(
		`{"message":"request completed","http":{"details":{"method":"GET","path":"/a","status_code":200,"duration_ms":12}}}`))
	require.Equal(t, visit.NotSkipped, skip)
	assert.Equal(t, "/a", v.Path)
}

// TestWhatTheSemanticConventionsCallAQueryIsOne, whatever a visitor wrote.
func TestWhatTheSemanticConventionsCallAQueryIsOne(t *testing.T) {
	for text, want := range map[string]string{"hello world": "hello%20world", "[1,2]": "[1,2]", "select a": "select%20a"} {
		v, skip := translation.New(translate.Config{}).LogRecord(fixture.LineRecord(
			`{"http.request.method":"GET","url.path":"/a","http.response.status_code":200,"client.address":"203.0.113.9","url.query":` + strconv.Quote(text) + `}`))
		require.Equal(t, visit.NotSkipped, skip)
		assert.Equal(t, want, v.Query)
	}
}
