// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
)

// TestCredentialsLeaveInNoContainer puts credentials where a header can stand, in
// every shape that telemetry has. Of all of it only what stands beside them in an
// allowed header leaves.
func TestCredentialsLeaveInNoContainer(t *testing.T) {
	none := map[string]string{}
	from := map[string]string{"from": "bot@example.com"}
	for name, test := range map[string]struct {
		attributes map[string]any
		want       map[string]string
	}{
		"semantic conventions":              {map[string]any{"http.request.header.authorization": canary}, none},
		"underscores":                       {map[string]any{"http.request.header.x_api_key": canary, "http.request.header.proxy_authorization": canary}, none},
		"upper case":                        {map[string]any{"http.request.header.AUTHORIZATION": canary, "HTTP.REQUEST.HEADER.COOKIE": canary}, none},
		"canonical case":                    {map[string]any{"http.request.header.X-Api-Key": canary, "http.request.header.Cookie": canary}, none},
		"headers in the plural":             {map[string]any{"http.request.headers.authorization": canary, "http.response.headers.set-cookie": canary}, none},
		"nginx":                             {map[string]any{"http_authorization": canary, "http_cookie": canary, "cookie_session": canary, "sent_http_set_cookie": canary}, none},
		"CGI":                               {map[string]any{"HTTP_AUTHORIZATION": canary, "HTTP_COOKIE": canary, "REMOTE_USER": canary}, none},
		"nginx variables":                   {map[string]any{"$http_authorization": canary, "arg_token": canary}, none},
		"Caddy":                             {map[string]any{"request.headers.Authorization": []any{canary}, "resp_headers.Set-Cookie": []any{canary}}, none},
		"Traefik":                           {map[string]any{"request_Authorization": canary, "downstream_Set-Cookie": canary, "origin_Set-Cookie": canary}, none},
		"Pino":                              {map[string]any{"req.headers.authorization": canary, "res.headers.set-cookie": canary}, none},
		"Cloudflare":                        {map[string]any{"RequestHeaders.authorization": canary, "Cookies": canary}, none},
		"W3C":                               {map[string]any{"cs(Cookie)": canary, "cs(Authorization)": canary, "cs-username": canary, "sc(Set-Cookie)": canary}, none},
		"a list":                            {map[string]any{"http.request.header.cookie": []any{canary, canary}}, none},
		"a list of lists":                   {map[string]any{"http.request.header.from": []any{[]any{canary}, map[string]any{"x": canary}, "bot@example.com"}}, from},
		"a map":                             {map[string]any{"http.request.header": map[string]any{"authorization": canary, "from": "bot@example.com"}}, from},
		"maps in maps":                      {map[string]any{"http": map[string]any{"request": map[string]any{"header": map[string]any{"cookie": canary, "from": "bot@example.com"}}}}, from},
		"a header's map":                    {map[string]any{"http.request.header.from": map[string]any{"value": canary, "authorization": canary}}, none},
		"a map with a credential's name":    {map[string]any{"http.request.headers": map[string]any{"authorization": map[string]any{"from": canary}}}, none},
		"maps nested without end":           {nestedMap(40), none},
		"JSON in a text":                    {map[string]any{"headers": `{"authorization":"` + canary + `","from":"bot@example.com"}`}, from},
		"JSON in JSON":                      {map[string]any{"request_headers": `{"x":{"authorization":"` + canary + `"},"cookie":["` + canary + `"]}`}, none},
		"JSON under an allowed header":      {map[string]any{"http.request.header.authorization": `{"from":"` + canary + `"}`}, none},
		"bytes":                             {map[string]any{"http.request.header.from": []byte(canary), "http.request.header.cookie": []byte(canary)}, none},
		"an empty name":                     {map[string]any{"": canary, "http.request.header.": canary, ".": canary, "http_": canary}, none},
		"space around the name":             {map[string]any{" authorization": canary, "http.request.header. authorization ": canary, "http.request.header.from ": canary}, none},
		"a line break in the name":          {map[string]any{"http.request.header.from\r\nauthorization": canary, "http.request.header.from\x00": canary}, none},
		"a name that starts as an allowed":  {map[string]any{"http.request.header.from-token": canary, "http.request.header.from.token": canary, "http.request.header.fromx": canary}, none},
		"look-alike letters":                {map[string]any{"http.request.header.аuthorization": canary, "http.request.header.ﬀrom": canary}, none},
		"the request's and response's body": {map[string]any{"http.request.body": canary, "http.response.body.text": canary, "request_body": canary, "body": canary}, none},
		"form data":                         {map[string]any{"http.request.form.password": canary, "arguments": canary, "post_data": canary}, none},
		"trailers":                          {map[string]any{"http.request.trailer.authorization": canary, "http.response.trailer.set-cookie": canary}, none},
		"metadata of RPC":                   {map[string]any{"rpc.grpc.request.metadata.authorization": canary, "rpc.request.metadata.cookie": []any{canary}}, none},
		"users":                             {map[string]any{"enduser.id": canary, "user.email": canary, "user.name": canary, "session.id": canary, "remote_user": canary}, none},
		"a host with a password":            {map[string]any{"http.request.header.host": "u:" + canary + "@example.com", "http.host": "u:" + canary + "@example.com"}, none},
		"a forwarded host with a password":  {map[string]any{"http.request.header.x-forwarded-host": "u:" + canary + "@example.com"}, none},
		"a session of MCP":                  {map[string]any{"mcp.session.id": canary, "http.request.header.mcp-session-id": canary}, none},
	} {
		t.Run(name, func(t *testing.T) {
			span := newTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
			requireLeaves(t, test.want, span.Attributes(), test.attributes, func(tr *translator) (*visit, skipReason) { return tr.span(span) })

			record := newLogs("/a").ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
			requireLeaves(t, test.want, record.Attributes(), test.attributes, func(tr *translator) (*visit, skipReason) { return tr.logRecord(record) })
		})
	}
}

func nestedMap(depth int) map[string]any {
	inner := map[string]any{"authorization": canary, "http.request.header.from": canary}
	for range depth {
		inner = map[string]any{"x": inner}
	}
	return map[string]any{"http.request.headers": inner}
}

// requireLeaves adds the attributes to those of a visit and looks at what both
// APIs would get.
func requireLeaves(t *testing.T, want map[string]string, to pcommon.Map, attributes map[string]any, read func(*translator) (*visit, skipReason)) {
	t.Helper()
	more := pcommon.NewMap()
	require.NoError(t, more.FromRaw(attributes))
	for key, v := range more.All() {
		v.CopyTo(to.PutEmpty(key))
	}
	translator := newTranslator(newRules(VisitsConfig{}, fieldSet{}), time.UTC)
	translator.begin(arrival)
	v, skip := read(translator)
	require.Equal(t, skipReasons[notSkipped], skipReasons[skip])
	for _, encode := range encoders {
		body := encode(nil, v).bytes
		assert.NotContains(t, strings.ToLower(string(body)), canary)
		var got fakeapi.KnownAgentsVisit
		require.NoError(t, json.Unmarshal(body, &got))
		for name, text := range want {
			if got.RequestHeaders != nil {
				assert.Equal(t, text, got.RequestHeaders[name])
			}
		}
	}
}
