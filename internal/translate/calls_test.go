// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// signsOfCalls are attributes beside method, path and status that say that a service called
// another one, unless something tells who sent the request.
var signsOfCalls = map[string]map[string]any{
	"a client that is named":        {"http.client": "axios"},
	"a client that is switched":     {"http_client": true},
	"outgoing":                      {"outgoing": true},
	"the service that was called":   {"peer.service": "billing"},
	"another key of it":             {"target_service": "billing"},
	"the class of a client":         {"class": "com.example.shop.BillingClient"},
	"a file of a client":            {"caller": "billing/client.go:12"},
	"a function of a client":        {"source": map[string]any{"function": "shop/client.Do"}},
	"a program":                     {"progname": "Faraday"},
	"a name space of X-Ray":         {"namespace": "remote"},
	"outbound":                      {"isOutbound": true},
	"a number of a kind":            {"kind": 3},
	"a chosen feature":              {"feature_flag.key": "new-search"},
	"a component":                   {"component": "billing-client"},
	"a module":                      {"module": "shop.http_client"},
	"a store":                       {"component": "redis"},
	"a library as logger":           {"logger": "node-fetch"},
	"a message of a call":           {"msg": "API call to billing"},
	"a message of another service":  {"msg": "upstream call finished"},
	"a message of an answer":        {"msg": "received response from billing"},
	"a message of a client":         {"msg": "billing HTTP client done"},
	"an event":                      {"event": "http.client.response"},
	"an event in semantic names":    {"event.name": "external_api_request"},
	"a message of a cache":          {"msg": "cache hit"},
	"a message of what was done":    {"msg": "upload finished"},
	"a message of a token":          {"msg": "refreshed access token"},
	"a message of a library":        {"msg": "s3 GetObject"},
	"an event of a shop":            {"event": "order_published"},
	"a message with its own server": {"msg": "request to billing succeeded"},
}

func TestARecordThatTellsOfACallIsAVisitOnlyBesideAVisitor(t *testing.T) {
	for name, attributes := range signsOfCalls {
		t.Run(name, func(t *testing.T) {
			_, skip := translateAttributes(t, attributes, "")
			assert.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip])
			attributes = maps.Clone(attributes)
			for key, v := range map[string]any{"user_agent": "x", "client_ip": "203.0.113.9", "headers": map[string]any{"host": "www.example.com"}} {
				served := maps.Clone(attributes)
				served[key] = v
				_, skip = translateAttributes(t, served, "")
				assert.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip], key)
			}
		})
	}
}

func TestAServersRecordMayNameClients(t *testing.T) {
	for name, attributes := range map[string]map[string]any{
		"an address":                  {"http.client": "203.0.113.9"},
		"incoming":                    {"incoming": true},
		"incoming bytes":              {"incoming": 0},
		"a server's span":             {"span.kind": 2},
		"a server's span elsewhere":   {"span.kind": 1},
		"a number of anything":        {"n": 3},
		"a logger in a map":           {"mdc": map[string]any{"logger": "http.server"}},
		"a tenant":                    {"tenant_name": "shop", "log_id": "x"},
		"a name space of Kubernetes":  {"namespace": "shop"},
		"no call":                     {"outgoing": false},
		"bytes":                       {"incoming": "12", "outgoing": "512"},
		"a user agent":                {"http_client": "Mozilla/5.0 (x) y"},
		"the address of a client":     {"client_ip": "203.0.113.9"},
		"a file that counts requests": {"caller": "middleware/requests.go:3"},
		"a class of the server":       {"class": "com.example.shop.AccessFilter"},
		"a message of a server":       {"msg": "received request"},
		"a message of an end":         {"msg": "Completed #show"},
		"a message of a status":       {"msg": "Not Found"},
		"an event of a server":        {"event": "http_request_finished"},
		"a message with a path":       {"msg": "GET /call 200"},
		"a message of a call to it":   {"msg": "incoming API call"},
		"a message of a served call":  {"msg": "Handled webhook"},
		"a body with a path":          {"client.address": "203.0.113.9", "logger": "http.server"},
	} {
		t.Run(name, func(t *testing.T) {
			_, skip := translateAttributes(t, attributes, "")
			assert.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip])
		})
	}
}

func TestTheTextsAroundARequestTellOfACall(t *testing.T) {
	for name, c := range map[string]struct {
		attributes  map[string]any
		body, event string
	}{
		"a message beside a body that is a path": {map[string]any{"message": "outgoing request", "user_agent": "x", "path": nil}, "/a", ""},
		"a body":                                 {nil, "Calling billing", ""},
		"a body without strong words":            {nil, "api call finished", ""},
		"a body about something else":            {nil, "payment charged", ""},
		"the record's event":                     {nil, "", "http_client_request"},
		"the record's event with dots":           {nil, "", "http.client.request"},
	} {
		t.Run(name, func(t *testing.T) {
			record := recordOf(t, c.attributes, c.body)
			record.SetEventName(c.event)
			_, skip := translation.New(translate.Config{}).LogRecord(record)
			assert.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip])
		})
	}
}

func translateAttributes(t *testing.T, attributes map[string]any, body string) (*visit.Visit, visit.SkipReason) {
	t.Helper()
	return translation.New(translate.Config{}).LogRecord(recordOf(t, attributes, body))
}

// recordOf is a record of a request with further attributes. nil takes one away.
func recordOf(t *testing.T, attributes map[string]any, body string) plog.LogRecord {
	t.Helper()
	all := map[string]any{"method": "GET", "path": "/a", "status": 200, "duration_ms": 12}
	maps.Copy(all, attributes)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	record := plog.NewLogRecord()
	require.NoError(t, record.Attributes().FromRaw(all))
	if body != "" {
		record.Body().SetStr(body)
	}
	return record
}

func TestRecordsOfSomethingElseAreNoVisits(t *testing.T) {
	visitor := map[string]any{"user_agent": "x", "client_ip": "203.0.113.9"}
	for name, attributes := range map[string]map[string]any{
		"what does not come in":        {"incoming": false},
		"what is not inbound":          {"isInbound": false},
		"a client's span of OTLP":      {"span.kind": 3},
		"a producer's span, as text":   {"span_kind": "4"},
		"a logger's context":           {"mdc": map[string]any{"logger": "com.example.shop.BillingClient"}},
		"a logger in fields":           {"fields": map[string]any{"logger_name": "httpx"}},
		"a logger in Loguru's record":  {"record": map[string]any{"name": "httpx"}},
		"a logger of errors":           {"logger": "http.log.error.log0"},
		"an attempt of a proxy":        {"logger": "http.handlers.reverse_proxy", "msg": "upstream roundtrip"},
		"a call of Feign":              {"logger": "com.example.shop.BillingApi", "msg": "[BillingApi#order] <--- HTTP/1.1 200 OK (12ms)"},
		"SOFATracer's log of Feign":    {"component.client.impl": "open-feign", "remote.host": "203.0.113.9"},
		"a log of an identity service": {"type": "sapi", "strategy_type": "database", "client_name": "shop"},
		"a stream of these":            {"data": map[string]any{"strategy_type": "", "ip": "203.0.113.9"}},
		"the error of a request":       {"stack": "Error: no row\n    at load (/srv/a.js:7)", "duration_ms": nil},
		"an exception":                 {"exception.stacktrace": "java.lang.Error\n\tat A.b", "duration_ms": nil},
		"a monitor":                    {"monitor": map[string]any{"id": "web"}},
		"an event of a firewall":       {"MatchIndex": 0},
		"a firewall's log":             {"category": "FrontDoorWebApplicationFirewallLog"},
		"the arguments of a job":       {"method": nil, "path": nil, "args": map[string]any{"method": "GET", "path": "/a", "status": 200}},
		"what an audit says of others": {"method": nil, "path": nil, "audit": map[string]any{"method": "GET", "path": "/a", "status": 200}},
	} {
		t.Run(name, func(t *testing.T) {
			all := maps.Clone(attributes)
			maps.Copy(all, visitor)
			_, skip := translateAttributes(t, all, "")
			assert.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip])
		})
	}
}

func TestARequestThatFailedIsAVisitBesideItsStack(t *testing.T) {
	for name, attributes := range map[string]map[string]any{
		"with a duration": {"err": map[string]any{"stack": "Error: no row\n    at load (/srv/a.js:7)"}},
		"without a trace": {"exception": "none", "duration_ms": nil},
	} {
		_, skip := translateAttributes(t, attributes, "")
		assert.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip], name)
	}
}

// TestWhatHoldsEventsIsNoVisit has lists of events, of which each would be a record, and an
// event of API Gateway that the function which served it dumps into its own log.
func TestWhatHoldsEventsIsNoVisit(t *testing.T) {
	const event = `"httpMethod":"GET","path":"/a","headers":{"User-Agent":"x","X-Forwarded-For":"203.0.113.9"},"requestContext":{"identity":{"sourceIp":"203.0.113.9"}},"isBase64Encoded":false`
	for name, text := range map[string]string{
		"CloudWatch's events":       `{"messageType":"DATA_MESSAGE","logGroup":"/web","logEvents":[{"id":"1","timestamp":1777886102120,"message":"203.0.113.9 - - [04/May/2026:09:15:02 +0000] \"GET /a HTTP/1.1\" 200 5"}]}`,
		"an event with its status":  `{"statusCode":200,` + event + `}`,
		"an event in a map":         `{"data":{` + event + `,"status":200}}`,
		"an event":                  `{` + event + `}`,
		"an event in a message":     `{"level":"INFO","message":{` + event + `},"function_name":"shop"}`,
		"an event beside an answer": `{"event":{` + event + `},"response":{"statusCode":200,"body":"{}"}}`,
		"an event beside a status":  `{"event":{` + event + `},"statusCode":200,"message":"done"}`,
	} {
		_, skip := translateText(text)
		assert.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip], name)
	}
}

func TestWordsBeforePairsTellWhoShowsThem(t *testing.T) {
	for words, want := range map[string]bool{
		"": true, "INFO": true, "request": true, "2026-05-04T09:15:02Z INFO": true, "ERROR": true, "ERROR:": true, "request completed": true, "info:": true,
		"want": false, "got": false, "expected": false, "error:": false, "panic:": false, "fatal:": false, "exception:": false, "sync done": false,
		"2026-05-04T09:15:02Z want": false, "INFO publishing order": false, "app_test.go:12: got": false,
	} {
		_, skip := translateText(words + " method=GET path=/a status=200")
		assert.Equal(t, want, skip == visit.NotSkipped, words)
		_, skip = translateText(words + " method=GET path=/a status=200 ip=203.0.113.9")
		assert.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip], words)
	}
	for _, words := range []string{"error: ", "panic: "} {
		_, skip := translateText(words + `{"method":"GET","path":"/a","status":200}`)
		assert.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip], words)
	}
}
