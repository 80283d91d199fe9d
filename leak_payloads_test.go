// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
)

// canaryKeys are query keys of secrets in the spellings that occur.
var canaryKeys = strings.Fields(`token TOKEN access_token access-token accessToken id_token code state key api_key apiKey x-api-key
	password user[password] user.password token[] token[0] %74oken %2574oken tok%65n t%6Fken X-Amz-Signature X-Amz-Credential
	X-Amz-Security-Token AWSAccessKeyId Signature sig X-Goog-Signature client_secret secret session PHPSESSID sid email
	user_email jwt otp auth Authorization csrf_token promo_key %zztoken tok%en +token %00token %u0074oken token2`)

// canaryTargets are request targets that hold a secret; %s is a query key.
var canaryTargets = []string{
	"/p?%s=" + fixture.Canary, "/p?a=1&%s=" + fixture.Canary + "&b=2", "/p?a=1;%s=" + fixture.Canary, "/p?%s=%%7x" + fixture.Canary + "%%",
	"/p?%s=x%%26" + fixture.Canary, "/p?%s=x;" + fixture.Canary, "/p?%s=x=" + fixture.Canary, "/p?%s=/" + fixture.Canary + "?" + fixture.Canary,
	"/p?to=https://h.example/?%s=" + fixture.Canary, "/p?to=https://user:" + fixture.Canary + "@h.example/x&%s=1",
	"/p?to=https%%3A%%2F%%2Fh.example%%2F%%3F%s%%3D" + fixture.Canary + "%%26b%%3D2",
	"/p?to=https%%253A%%252F%%252Fuser%%253A" + fixture.Canary + "%%2540h.example&%s=1",
	"/p?to=https%%3A%%2F%%2Fuser%%3A" + fixture.Canary + "%%40h.example&%s=1", "/p?to=%%2Fx%%3F%s%%3Dx%%2526" + fixture.Canary,
	"/p?to=https%%3A%%2F%%2Fh.example%%2F%%23" + fixture.Canary + "&%s=1", "/p?json={%%22%s%%22:%%22" + fixture.Canary + "%%22}",
	"/p;jsessionid=" + fixture.Canary + "?%s=1", "/p;JSESSIONID=" + fixture.Canary + "/x?%s=1", "/go/https://user:" + fixture.Canary + "@h.example/?%s=1",
	"/go/https:/user:" + fixture.Canary + "@h.example/?%s=1", "/go/https%%3A%%2F%%2Fuser%%3A" + fixture.Canary + "%%40h.example?%s=1",
	"https://user:" + fixture.Canary + "@www.example.com/p?%s=1", "/p?%s=1#" + fixture.Canary,
}

// leakyRequest is the target and the URL of request number i.
func leakyRequest(i int) (target, address string) {
	target = fmt.Sprintf(canaryTargets[i%len(canaryTargets)], canaryKeys[i%len(canaryKeys)])
	if strings.HasPrefix(target, "/") {
		return target, "https://user:" + fixture.Canary + "@www.example.com" + target
	}
	return target, target
}

// leakyAttributes puts secrets into headers, in every container and type, and into
// attributes that are not read for visits.
func leakyAttributes(m pcommon.Map, i int) {
	for j, name := range fixture.CanaryHeaders {
		for k, key := range mapping.HeaderKeys(name, slices.Concat(mapping.RequestHeaderKeys, mapping.ResponseHeaderKeys)) {
			if (i+j+k)%7 == 0 {
				leakyValue(m.PutEmpty(key), i+j+k)
			}
		}
		for k, prefix := range []string{"", "http_", "HTTP_", "HTTP-", "http.request.header.http_", "cookie.", "headers_", "$http_"} {
			if (i+j+k)%5 == 0 {
				leakyValue(m.PutEmpty(prefix+strings.ReplaceAll(name, "-", "_")), i+j+k)
				leakyValue(m.PutEmpty(prefix+strings.ToUpper(name)), i+j)
			}
		}
	}
	_, address := leakyRequest(i)
	for _, name := range []string{"referer", "origin", "ucp-agent"} {
		m.PutStr("http.request.header."+name, address+"#"+fixture.Canary)
	}
	for _, name := range []string{"location", "link", "access-control-allow-origin"} {
		m.PutStr("http.response.header."+name, "<"+address+"#"+fixture.Canary+`>; rel="next"; anchor="#`+fixture.Canary+`"`)
	}
	m.PutStr("http.request.header.host", "user:"+fixture.Canary+"@www.example.com")
	m.PutStr("mcp.method.name", "resources/read")
	m.PutStr("mcp.resource.name", "https://user:"+fixture.Canary+"@h.example/?token="+fixture.Canary)
	for _, key := range []string{"enduser.id", "user.email", "db.statement", "http.request.body", "http.response.body", "exception.message", "mcp.session.id"} {
		m.PutStr(key, fixture.Canary)
	}
	headers := m.PutEmptyMap("http.request.headers")
	leakyValue(headers.PutEmpty("authorization"), i)
	leakyValue(headers.PutEmptyMap("cookie").PutEmptyMap("user-agent").PutEmpty("x"), i)
	m.PutStr("request_headers", `{"authorization":"`+fixture.Canary+`","cookie":["`+fixture.Canary+`"],"x":{"user-agent":"`+fixture.Canary+`"}}`)
}

func leakyValue(v pcommon.Value, kind int) {
	switch kind % 5 {
	case 0:
		v.SetStr("Bearer " + fixture.Canary)
	case 1:
		v.SetEmptySlice().AppendEmpty().SetStr(fixture.Canary)
	case 2:
		v.SetEmptyMap().PutStr("value", fixture.Canary)
	case 3:
		v.SetEmptyBytes().FromRaw([]byte(fixture.Canary))
	case 4:
		v.SetEmptySlice().AppendEmpty().SetEmptyMap().PutEmptySlice("x").AppendEmpty().SetStr(fixture.Canary)
	}
}

func leakyTraces(from, to int) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("process.command_line", "--key "+fixture.Canary)
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().Attributes().PutStr("x", fixture.Canary)
	for i := from; i < to; i++ {
		target, address := leakyRequest(i)
		span := fixture.ServerSpan(ss.Spans(), "/p")
		span.SetName(fixture.Canary)
		span.Status().SetMessage(fixture.Canary)
		span.TraceState().FromRaw("x=" + fixture.Canary)
		span.Events().AppendEmpty().Attributes().PutStr("exception.message", fixture.Canary)
		a := span.Attributes()
		leakyAttributes(a, i)
		switch i % 3 {
		case 0:
			path, query, _ := strings.Cut(strings.TrimPrefix(target, "https://user:"+fixture.Canary+"@www.example.com"), "?")
			a.PutStr("url.path", path)
			a.PutStr("url.query", query)
		case 1:
			a.Remove("url.path")
			a.PutStr("http.target", target)
		case 2:
			a.Remove("url.path")
			a.PutStr("url.full", address)
		}
	}
	return td
}

func leakyLogs(from, to int) plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("x", fixture.Canary)
	records := rl.ScopeLogs().AppendEmpty().LogRecords()
	for i := from; i < to; i++ {
		target, address := leakyRequest(i)
		record := records.AppendEmpty()
		fields := map[string]any{
			"request_method": "GET", "request_uri": target, "status": 200, "http_host": "www.example.com", "http_user_agent": "ExampleBot/1.0",
			"http_referer": address, "http_authorization": fixture.Canary, "http_cookie": fixture.Canary, "http_x_api_key": fixture.Canary, "remote_user": fixture.Canary,
			"remote_addr": "192.0.2.10",
		}
		switch i % 4 {
		case 0:
			_ = record.Attributes().FromRaw(fields)
			leakyAttributes(record.Attributes(), i)
		case 1:
			_ = record.Body().SetEmptyMap().FromRaw(fields)
		case 2:
			text, _ := json.Marshal(fields)
			record.Body().SetStr(string(text))
		case 3:
			record.Body().SetStr(`192.0.2.10 - ` + fixture.Canary + ` [04/May/2026:09:15:02 +0000] "GET ` + target + ` HTTP/1.1" 200 512 "` + address +
				`" "ExampleBot/1.0" "` + fixture.Canary + `" token=` + fixture.Canary)
		}
	}
	return ld
}
