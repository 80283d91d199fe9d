// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// TestCredentialsLeaveInNoContainer puts credentials wherever a header can be, in every
// shape that telemetry has. Only allowed headers beside them leave.
func TestCredentialsLeaveInNoContainer(t *testing.T) {
	none := map[string]string{}
	from := map[string]string{"from": "bot@example.com"}
	for name, test := range map[string]struct {
		attributes map[string]any
		want       map[string]string
	}{
		"semantic conventions":              {map[string]any{"http.request.header.authorization": fixture.Canary}, none},
		"underscores":                       {map[string]any{"http.request.header.x_api_key": fixture.Canary, "http.request.header.proxy_authorization": fixture.Canary}, none},
		"upper case":                        {map[string]any{"http.request.header.AUTHORIZATION": fixture.Canary, "HTTP.REQUEST.HEADER.COOKIE": fixture.Canary}, none},
		"canonical case":                    {map[string]any{"http.request.header.X-Api-Key": fixture.Canary, "http.request.header.Cookie": fixture.Canary}, none},
		"headers in the plural":             {map[string]any{"http.request.headers.authorization": fixture.Canary, "http.response.headers.set-cookie": fixture.Canary}, none},
		"nginx":                             {map[string]any{"http_authorization": fixture.Canary, "http_cookie": fixture.Canary, "cookie_session": fixture.Canary, "sent_http_set_cookie": fixture.Canary}, none},
		"CGI":                               {map[string]any{"HTTP_AUTHORIZATION": fixture.Canary, "HTTP_COOKIE": fixture.Canary, "REMOTE_USER": fixture.Canary}, none},
		"nginx variables":                   {map[string]any{"$http_authorization": fixture.Canary, "arg_token": fixture.Canary}, none},
		"Caddy":                             {map[string]any{"request.headers.Authorization": []any{fixture.Canary}, "resp_headers.Set-Cookie": []any{fixture.Canary}}, none},
		"Traefik":                           {map[string]any{"request_Authorization": fixture.Canary, "downstream_Set-Cookie": fixture.Canary, "origin_Set-Cookie": fixture.Canary}, none},
		"Pino":                              {map[string]any{"req.headers.authorization": fixture.Canary, "res.headers.set-cookie": fixture.Canary}, none},
		"Cloudflare":                        {map[string]any{"RequestHeaders.authorization": fixture.Canary, "Cookies": fixture.Canary}, none},
		"W3C":                               {map[string]any{"cs(Cookie)": fixture.Canary, "cs(Authorization)": fixture.Canary, "cs-username": fixture.Canary, "sc(Set-Cookie)": fixture.Canary}, none},
		"a list":                            {map[string]any{"http.request.header.cookie": []any{fixture.Canary, fixture.Canary}}, none},
		"a list of lists":                   {map[string]any{"http.request.header.from": []any{[]any{fixture.Canary}, map[string]any{"x": fixture.Canary}, "bot@example.com"}}, from},
		"a map":                             {map[string]any{"http.request.header": map[string]any{"authorization": fixture.Canary, "from": "bot@example.com"}}, from},
		"maps in maps":                      {map[string]any{"http": map[string]any{"request": map[string]any{"header": map[string]any{"cookie": fixture.Canary, "from": "bot@example.com"}}}}, from},
		"a header's map":                    {map[string]any{"http.request.header.from": map[string]any{"value": fixture.Canary, "authorization": fixture.Canary}}, none},
		"a map with a credential's name":    {map[string]any{"http.request.headers": map[string]any{"authorization": map[string]any{"from": fixture.Canary}}}, none},
		"maps nested without end":           {nestedMap(40), none},
		"JSON in a text":                    {map[string]any{"headers": `{"authorization":"` + fixture.Canary + `","from":"bot@example.com"}`}, from},
		"JSON in JSON":                      {map[string]any{"request_headers": `{"x":{"authorization":"` + fixture.Canary + `"},"cookie":["` + fixture.Canary + `"]}`}, none},
		"JSON under an allowed header":      {map[string]any{"http.request.header.authorization": `{"from":"` + fixture.Canary + `"}`}, none},
		"bytes":                             {map[string]any{"http.request.header.from": []byte(fixture.Canary), "http.request.header.cookie": []byte(fixture.Canary)}, none},
		"an empty name":                     {map[string]any{"": fixture.Canary, "http.request.header.": fixture.Canary, ".": fixture.Canary, "http_": fixture.Canary}, none},
		"space around the name":             {map[string]any{" authorization": fixture.Canary, "http.request.header. authorization ": fixture.Canary, "http.request.header.from ": fixture.Canary}, none},
		"a line break in the name":          {map[string]any{"http.request.header.from\r\nauthorization": fixture.Canary, "http.request.header.from\x00": fixture.Canary}, none},
		"a name that starts as an allowed":  {map[string]any{"http.request.header.from-token": fixture.Canary, "http.request.header.from.token": fixture.Canary, "http.request.header.fromx": fixture.Canary}, none},
		"look-alike letters":                {map[string]any{"http.request.header.аuthorization": fixture.Canary, "http.request.header.ﬀrom": fixture.Canary}, none},
		"the request's and response's body": {map[string]any{"http.request.body": fixture.Canary, "http.response.body.text": fixture.Canary, "request_body": fixture.Canary, "body": fixture.Canary}, none},
		"form data":                         {map[string]any{"http.request.form.password": fixture.Canary, "arguments": fixture.Canary, "post_data": fixture.Canary}, none},
		"trailers":                          {map[string]any{"http.request.trailer.authorization": fixture.Canary, "http.response.trailer.set-cookie": fixture.Canary}, none},
		"metadata of RPC":                   {map[string]any{"rpc.grpc.request.metadata.authorization": fixture.Canary, "rpc.request.metadata.cookie": []any{fixture.Canary}}, none},
		"users":                             {map[string]any{"enduser.id": fixture.Canary, "user.email": fixture.Canary, "user.name": fixture.Canary, "session.id": fixture.Canary, "remote_user": fixture.Canary}, none},
		"a host with a password":            {map[string]any{"http.request.header.host": "u:" + fixture.Canary + "@example.com", "http.host": "u:" + fixture.Canary + "@example.com"}, none},
		"a forwarded host with a password":  {map[string]any{"http.request.header.x-forwarded-host": "u:" + fixture.Canary + "@example.com"}, none},
		"a scheme in an allowed header":     {map[string]any{"http.request.header.from": "Bearer " + fixture.Canary, "http.request.header.accept": "basic " + fixture.Canary}, map[string]string{"from": "Bearer REDACTED", "accept": "basic REDACTED"}},
		"a token in an allowed header":      {map[string]any{"http.request.header.from": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0." + fixture.Canary, "http.response.header.etag": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0." + fixture.Canary}, map[string]string{"from": "REDACTED"}},
		"a session of MCP":                  {map[string]any{"mcp.session.id": fixture.Canary, "http.request.header.mcp-session-id": fixture.Canary}, none},
	} {
		t.Run(name, func(t *testing.T) {
			span := fixture.NewTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
			requireLeaves(t, test.want, span.Attributes(), test.attributes, func(tr *translate.Translator) (*visit.Visit, visit.SkipReason) { return tr.Span(span) })

			record := fixture.NewLogs("/a").ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
			requireLeaves(t, test.want, record.Attributes(), test.attributes, func(tr *translate.Translator) (*visit.Visit, visit.SkipReason) { return tr.LogRecord(record) })
		})
	}
}

func nestedMap(depth int) map[string]any {
	inner := map[string]any{"authorization": fixture.Canary, "http.request.header.from": fixture.Canary}
	for range depth {
		inner = map[string]any{"x": inner}
	}
	return map[string]any{"http.request.headers": inner}
}

// requireLeaves adds attributes to those of a request, and checks what both APIs would
// receive.
func requireLeaves(t *testing.T, want map[string]string, to pcommon.Map, attributes map[string]any, read func(*translate.Translator) (*visit.Visit, visit.SkipReason)) {
	t.Helper()
	more := pcommon.NewMap()
	require.NoError(t, more.FromRaw(attributes))
	for key, v := range more.All() {
		v.CopyTo(to.PutEmpty(key))
	}
	translator := translation.New(translate.Config{})
	v, skip := read(translator)
	require.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip])
	for _, encode := range translation.Encoders {
		body := encode(nil, v).Bytes
		assert.NotContains(t, strings.ToLower(string(body)), fixture.Canary)
		var got fakeapi.KnownAgentsVisit
		require.NoError(t, json.Unmarshal(body, &got))
		for name, text := range want {
			if got.RequestHeaders != nil {
				assert.Equal(t, text, got.RequestHeaders[name])
			}
		}
	}
}
