// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKnownAgentsChecksEachField(t *testing.T) {
	const (
		badPath    = "request_path: must start with / (a path with its query, no scheme or host)"
		badMethod  = "request_method: must be a method in upper case, such as GET"
		badName    = "request_headers: has a name that is not a lower-case header name"
		badTime    = "created: must be a UTC time with milliseconds, such as 2026-05-04T09:15:02.120Z"
		badInteger = "response_duration_in_milliseconds: must be an integer"
	)
	checkRules(t, KnownAgents, []rule{
		{"request_path", `"/"`, ""},
		{"request_path", `"/a b/%zz?x=é&y=%"`, ""},
		{"request_path", `""`, badPath},
		{"request_path", `"https://example.com/a"`, badPath},
		{"request_path", `"/a#b"`, "request_path: must not have a fragment"},
		{"request_path", `"/a\nb"`, "request_path: must not have control characters"},
		{"request_path", `7`, "request_path: must be a string"},
		{"request_path", `null`, "request_path: must be a string"},
		{"request_path", "", "request_path: is required"},

		{"request_method", `"M-SEARCH"`, ""},
		{"request_method", `"get"`, badMethod},
		{"request_method", `""`, badMethod},
		{"request_method", `"GET /"`, badMethod},
		{"request_method", "", "request_method: is required"},

		{"request_headers", `{}`, ""},
		{"request_headers", `{"x-a":""}`, ""},
		{"request_headers", `{"x-a":"a\tb"}`, ""},
		{"request_headers", `{"X-A":"b"}`, badName},
		{"request_headers", `{"":"b"}`, badName},
		{"request_headers", `{"x a":"b"}`, badName},
		{"request_headers", `{"x-a":["b"]}`, `request_headers: "x-a": must be a string`},
		{"request_headers", `{"x-a":null}`, `request_headers: "x-a": must be a string`},
		{"request_headers", `{"x-a":"b\u0000"}`, `request_headers: "x-a": must not have control characters`},
		{"request_headers", `{"x-a":"b\u007f"}`, `request_headers: "x-a": must not have control characters`},
		{"request_headers", `{"x-a":"b","x-a":"c"}`, `has the key "x-a" twice`},
		{"request_headers", `[]`, "request_headers: must be an object"},
		{"request_headers", "", "request_headers: is required"},

		{"response_status_code", `599`, ""},
		{"response_status_code", `0`, "response_status_code: must be from 100 to 599"},
		{"response_status_code", `"200"`, "response_status_code: must be a number"},
		{"response_status_code", "", ""},
		{"response_headers", `{"cookie":"a"}`, "response_headers: must not have the credential header cookie"},
		{"response_headers", "", ""},
		{"response_duration_in_milliseconds", `0`, ""},
		{"response_duration_in_milliseconds", `-1`, "response_duration_in_milliseconds: must be from 0 to 604800000"},
		{"response_duration_in_milliseconds", `-0`, badInteger},
		{"response_duration_in_milliseconds", `1.0`, badInteger},
		{"response_duration_in_milliseconds", `1e3`, badInteger},
		{"response_duration_in_milliseconds", `99999999999999999999`, badInteger},

		{"created", `"2026-05-04T09:15:02.000Z"`, ""},
		{"created", "", ""},
		{"created", `"2026-05-04T09:15:02Z"`, badTime},
		{"created", `"2026-05-04T09:15:02.120456Z"`, badTime},
		{"created", `"2026-05-04T09:15:02.120+00:00"`, badTime},
		{"created", `"2026-02-30T09:15:02.120Z"`, badTime},
		{"created", `1777886102`, "created: must be a string"},

		{"mcp_request_method", `"tools/call"`, ""},
		{"mcp_request_tool_name", `1`, "mcp_request_tool_name: must be a string"},
		{"mcp_request_client_info_name", `"a\nb"`, "mcp_request_client_info_name: must not have control characters"},
		{"mcp_request_client_info_version", `"1.0"`, ""},
		{"mcp_response_result_is_error", `false`, ""},
		{"mcp_response_result_is_error", `"false"`, "mcp_response_result_is_error: must be true or false"},
		{"mcp_response_error_code", `-32601`, ""},
		{"mcp_response_error_code", `-32601.5`, "mcp_response_error_code: must be an integer"},
		{"mcp_response_error_message", `"two\nlines"`, ""},
		{"acp_response_body", `{"deep":[{"a":1}]}`, ""},
		{"acp_response_body", `{"deep":[{"a":1,"a":2}]}`, `has the key "a" twice`},
		{"ucp_response_body", `"text"`, "ucp_response_body: must be an object"},

		{"site", `"example.com"`, `"site": is not a field of this API`},
		{"Request_path", `"/"`, `"Request_path": is not a field of this API`},
		{"\x1b[2J" + strings.Repeat("x", 99), `1`, `"\x1b[2J` + strings.Repeat("x", 36) + `\u2026": is not a field of this API`},
	})
}

func TestKnownAgentsRefusesEveryCredentialHeader(t *testing.T) {
	require.Len(t, deniedHeaders, 22)
	rules := make([]rule, 0, len(deniedHeaders))
	for _, name := range deniedHeaders {
		rules = append(rules, rule{
			"request_headers", `{"accept":"*/*","` + name + `":"v"}`,
			"request_headers: must not have the credential header " + name,
		})
	}
	checkRules(t, KnownAgents, rules)
}

func TestKnownAgentsAcceptsOnlyAnArrayOfVisits(t *testing.T) {
	const notAnArray = "the body must be a JSON array of visits"
	for name, row := range map[string]struct{ body, reason string }{
		"object":           {knownAgentsLine, notAnArray},
		"empty body":       {"", notAnArray},
		"null":             {"null", notAnArray},
		"byte order mark":  {"\xef\xbb\xbf" + knownAgentsBody, notAnArray},
		"empty array":      {"[]", "the array holds no visit"},
		"not a visit":      {"[1]", "visit[0]: must be an object"},
		"nested array":     {"[" + knownAgentsBody + "]", "visit[0]: must be an object"},
		"cut off":          {knownAgentsBody[:40], "the body is not valid JSON: unexpected end of JSON input"},
		"trailing data":    {knownAgentsBody + "[]", "the body is not valid JSON: invalid character '[' after top-level value"},
		"trailing comma":   {"[" + knownAgentsLine + ",]", "the body is not valid JSON: invalid character ']' looking for beginning of value"},
		"duplicate key":    {strings.Replace(knownAgentsBody, "{", `{"created":"x",`, 1), `visit[0]: has the key "created" twice`},
		"not UTF-8":        {strings.Replace(knownAgentsBody, "llamas", "\xff", 1), "the body is not valid UTF-8"},
		"half a surrogate": {strings.Replace(knownAgentsBody, "llamas", `\ud83d`, 1), "byte 26: has half of a surrogate pair"},
	} {
		t.Run(name, func(t *testing.T) {
			got := post(t, New(Settings{}), KnownAgents, row.body)
			require.Equal(t, http.StatusUnprocessableEntity, got.status, got.body)
			require.Equal(t, row.reason, got.reason(t))
		})
	}
}

func TestKnownAgentsVisitIsDecodedInFull(t *testing.T) {
	api := New(Settings{})
	body := `[{"request_path":"/mcp","request_method":"POST","request_headers":{"mcp-protocol-version":"2025-06-18"},` +
		`"response_status_code":500,"response_headers":{"content-type":"application/json"},"response_duration_in_milliseconds":0,` +
		`"created":"2026-05-04T09:15:03.004Z","mcp_request_method":"tools/call","mcp_request_tool_name":"search",` +
		`"mcp_request_client_info_name":"c","mcp_request_client_info_version":"2","mcp_response_result_is_error":true,` +
		`"mcp_response_error_code":-32601,"mcp_response_error_message":"m","acp_response_body":{"a":1},"ucp_response_body":{"b":2}}]`
	require.Equal(t, http.StatusOK, post(t, api, KnownAgents, body).status)

	status, duration, code, failed := 500, 0, -32601, true
	visits := api.KnownAgentsVisits()
	require.Equal(t, []KnownAgentsVisit{{
		RequestPath: "/mcp", RequestMethod: "POST", RequestHeaders: map[string]string{"mcp-protocol-version": "2025-06-18"},
		ResponseStatusCode: &status, ResponseHeaders: map[string]string{"content-type": "application/json"},
		ResponseDurationInMilliseconds: &duration, Created: "2026-05-04T09:15:03.004Z",
		MCPRequestMethod: "tools/call", MCPRequestToolName: "search", MCPRequestClientInfoName: "c", MCPRequestClientInfoVersion: "2",
		MCPResponseResultIsError: &failed, MCPResponseErrorCode: &code, MCPResponseErrorMessage: "m",
		ACPResponseBody: []byte(`{"a":1}`), UCPResponseBody: []byte(`{"b":2}`),
	}}, visits)
	assert.Equal(t, time.Date(2026, 5, 4, 9, 15, 3, 4e6, time.UTC), visits[0].Time())
	assert.True(t, KnownAgentsVisit{}.Time().IsZero())
	assert.Equal(t, body, "["+string(api.Visits(KnownAgents)[0].Raw)+"]")
}
