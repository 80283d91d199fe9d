// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestARequestIsFoundUnderKeysThatNobodyKnows(t *testing.T) {
	for name, text := range map[string]string{
		"one map":                           `{"payload":{"method":"PUT","path":"/a","status":204,"user_agent":"x"},"level":"info"}`,
		"two maps":                          `{"meta":{"req":{"method":"PUT","url":"/a","headers":{"user-agent":"x"}},"res":{"statusCode":204}}}`,
		"five maps":                         `{"a":{"b":{"c":{"d":{"e":{"method":"PUT","path":"/a","status":204,"user_agent":"x"}}}}}}`,
		"capitals":                          `{"Event":{"Request":{"URL":"https://www.example.com/a","Method":"PUT","UserAgent":"x"},"Response":{"Status":204}}}`,
		"a response beside it":              `{"httpRequest":{"method":"PUT","path":"/a","header":{"user-agent":"x"}},"httpResponse":{"status":204,"elapsed":12}}`,
		"a response of other names":         `{"data":{"in":{"method":"PUT","path":"/a","userAgent":"x"},"reply":{"code":204}}}`,
		"a request line":                    `{"nginx":{"access":{"request":"PUT /a HTTP/1.1","status":204,"http_user_agent":"x"}}}`,
		"dotted keys":                       `{"edge.http_in.method":"PUT","edge.http_in.path":"/a","edge.http_in.status":204,"edge.http_in.user_agent":"x"}`,
		"dotted keys in a map":              `{"edge":{"http_in.method":"PUT","http_in.path":"/a","http_in.status":204,"http_in.user_agent":"x"}}`,
		"pairs":                             `level=info edge.method=PUT edge.path=/a edge.status=204 edge.user_agent=x`,
		"semantic names in a map":           `{"attributes":{"http.request.method":"PUT","url.path":"/a","http.response.status_code":204,"user_agent.original":"x"}}`,
		"a known map that is not whole":     `{"request":{"method":"PUT","path":"/a","status":204,"agent":"x"}}`,
		"a status outside, with a duration": `{"duration_ms":12,"status":204,"payload":{"method":"PUT","path":"/a","user_agent":"x"}}`,
		"a path of another map before":      `{"log":{"file":{"path":"/var/log/a"}},"path":"/srv/b","payload":{"method":"PUT","path":"/a","status":204,"user_agent":"x"}}`,
		"a path of another map after":       `{"payload":{"method":"PUT","path":"/a","status":204,"user_agent":"x"},"path":"/srv/b","url":"https://other.example/c"}`,
		"a key like a sensor's":             `{"method":"PUT","uri":"/a","status":204,"user-agent":"x","flow-id":""}`,
		"a deeper method":                   `{"payload":{"method":"PUT","path":"/a","status":204,"user_agent":"x","inner":{"method":"GET","path":"/b"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			v, skip := translateText(text)
			require.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip])
			assert.Equal(t, "PUT /a 204 x", fmt.Sprintf("%s %s %d %s", v.Method, v.Path, v.Status, v.UserAgent))
		})
	}
}

// TestNoVisitComesOfWhatIsNoRequest has what could fool the rules for spellings and
// for maps.
func TestNoVisitComesOfWhatIsNoRequest(t *testing.T) {
	for name, text := range map[string]string{
		"a map without a path":                  `{"payload":{"method":"GET","status":200},"path":"/var/log/a"}`,
		"a map without a status":                `{"payload":{"method":"GET","path":"/a"},"message":"started"}`,
		"a message during a request":            `{"context":{"method":"GET","path":"/a"},"status":404,"message":"row not found"}`,
		"an error during a request":             `{"ctx":{"method":"GET","path":"/a"},"code":500,"error":{"status":500}}`,
		"the path of a log file":                `{"log":{"method":"GET","file":{"path":"/var/log/a"},"status":200}}`,
		"a method of a program":                 `{"code":{"method":"getUser","path":"/srv/a.js","status":200}}`,
		"a method in lower case":                `{"job":{"method":"get","path":"/a","status":200}}`,
		"a method that HTTP does not have":      `{"job":{"method":"RUN","path":"/a","status":200}}`,
		"a way to pay":                          `{"order":{"paymentMethod":"POST","path":"/a","status":200}}`,
		"a text that begins like a request":     `{"payload":{"request":"GET a coffee","path":"/a","status":200}}`,
		"a failed call of axios":                `{"level":"error","config":{"method":"GET","url":"https://api.example.net/a"},"response":{"status":404},"duration":3}`,
		"a call's options":                      `{"fetchOptions":{"method":"POST","url":"/a","status":200}}`,
		"the other side of a proxy":             `{"upstream":{"request":{"method":"GET","path":"/a"},"response":{"status":200}}}`,
		"a route":                               `{"matched":{"route":{"method":"GET","path":"/users/:id","status":200}}}`,
		"a webhook":                             `{"webhook":{"request":{"method":"POST","url":"https://example.net/a"},"response":{"status":200}}}`,
		"an outgoing request":                   `{"outgoingRequest":{"method":"POST","url":"https://example.net/a","status":200}}`,
		"a logger of a client":                  `{"logger":"org.shop.http.RestTemplate","method":"GET","url":"https://example.net/a","status":200}`,
		"a logger of a client within":           `{"Properties":{"SourceContext":"System.Net.Http.HttpClient.Billing.ClientHandler","Method":"GET","Url":"https://example.net/a","StatusCode":200}}`,
		"a category of a client":                `{"Category":"System.Net.Http.HttpClient.X","State":{"HttpMethod":"GET","RequestUri":"https://example.net/a","StatusCode":200}}`,
		"a client's call without a logger":      `{"HttpMethod":"GET","Uri":"https://example.net/a","ElapsedMilliseconds":3.5,"StatusCode":200}`,
		"a client's call in a map":              `{"State":{"HttpMethod":"GET","Uri":"https://example.net/a","StatusCode":200}}`,
		"a direction in short":                  `{"direction":"OUT","type":"request","method":"GET","request":"/a","response_status":200,"response_time_ms":38}`,
		"the kind of a client's span":           `{"span_kind":"client","method":"GET","path":"/a","status":200}`,
		"a direction":                           `{"direction":"outbound","http":{"method":"GET","url":"https://example.net/a","status_code":200}}`,
		"an audit event of Kubernetes":          `{"kind":"Event","auditID":"x","verb":"get","requestURI":"/api/v1/pods","userAgent":"kubectl","responseStatus":{"code":200}}`,
		"an audit event of Kubernetes in a map": `{"event":{"auditID":"x","verb":"GET","requestURI":"/api/v1/pods","responseStatus":{"code":200}}}`,
		"an audit event in another spelling":    `{"AuditId":"x","Verb":"get","RequestURI":"/api/v1/pods","ResponseStatus":{"Code":200}}`,
		"an audit event with a method":          `{"audit":{"auditID":"x","method":"GET","requestURI":"/api/v1/pods","responseStatus":{"code":200}}}`,
		"an audit log of Google Cloud":          `{"protoPayload":{"methodName":"google.x.Y.Get","resourceName":"/a","status":{"code":7},"requestMetadata":{"callerIp":"203.0.113.9"}}}`,
		"an activity log of Azure":              `{"httpRequest":{"method":"PUT","uri":"https://management.example.com/a"},"properties":{"statusCode":"Created"},"status":"Succeeded"}`,
		"a web firewall's verdict":              `{"action":"BLOCK","httpRequest":{"httpMethod":"GET","uri":"/a","clientIp":"203.0.113.9"}}`,
		"a sensor of the network":               `{"event_type":"http","flow_id":7,"src_ip":"10.0.0.7","http":{"http_method":"GET","url":"/a","status":200,"http_user_agent":"x"}}`,
		"an error with a code":                  `{"request":{"method":"GET","path":"/a"},"code":500,"message":"no connection"}`,
		"a metric":                              `{"metric":"requests_total","labels":{"method":"GET","path":"/a","status":"200"},"value":7}`,
		"a metric of CloudWatch":                `{"_aws":{"CloudWatchMetrics":[{"Namespace":"shop"}]},"method":"GET","path":"/a","status":200,"latency":38}`,
		"a slow query of a database":            `{"attr":{"command":{"find":"visits","filter":{"method":"GET","path":"/a","status":200}},"remote":"203.0.113.9:4711"}}`,
		"parameters that a visitor writes":      `{"params":{"method":"GET","path":"/a","status":"200"},"remote_ip":"203.0.113.9","message":"invalid"}`,
		"another sensor of the network":         `{"id.orig_h":"203.0.113.9","trans_depth":1,"method":"GET","host":"www.example.com","uri":"/a","status_code":200}`,
		"a message of a call":                   `{"msg":"sending request","method":"GET","url":"https://example.net/a","status":200}`,
		"a call under the name of its service":  `{"billing":{"method":"POST","url":"https://pay.example.net/a","status":201},"msg":"paid"}`,
		"a call that is told by its URL":        `{"msg":"job done","method":"GET","url":"https://example.net/a","status":200,"duration_ms":12}`,
		"a call and its answer":                 `{"request":{"method":"GET","url":"https://example.net/a"},"response":{"status":200},"time":12}`,
		"a call in semantic conventions":        `{"http.request.method":"GET","url.full":"https://example.net/a","http.response.status_code":200}`,
		"a call with its URL as the request":    `{"method":"GET","request":"https://example.net/a","status":200,"duration_ms":12}`,
		"a call with its URL as the target":     `{"http":{"method":"GET","uri":"https://example.net/a","status":200}}`,
		"a query":                               `{"db":{"method":"GET","query":"SELECT 1","status":200}}`,
		"a method too deep":                     `{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"method":"GET","path":"/a","status":200}}}}}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			for wrapped, text := range map[string]string{"as it is": text, "in a map": `{"x":` + text + `}`, "in two maps": `{"x":{"y.z":` + text + `}}`} {
				_, skip := translateText(text)
				assert.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip], wrapped)
			}
		})
	}
}

func TestACodeIsAStatusBesideAClientOrADuration(t *testing.T) {
	for _, sign := range []string{`"user_agent":"x"`, `"client_ip":"203.0.113.9"`, `"latency":"3ms"`, `"headers":{"x-real-ip":"203.0.113.9"}`, `"headers":{"forwarded":"for=203.0.113.9"}`} {
		v, skip := translateText(`{"method":"GET","path":"/a","code":204,` + sign + `}`)
		require.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip], sign)
		assert.Equal(t, 204, v.Status, sign)
	}
}

func TestAMapOfAnyNameHoldsARequestBesideAVisitor(t *testing.T) {
	for _, sign := range []string{`"user_agent":"x"`, `"client_ip":"203.0.113.9"`, `"headers":{"cf-connecting-ip":"203.0.113.9"}`, `"headers":{"forwarded":"for=203.0.113.9"}`} {
		_, skip := translateText(`{"shop":{"method":"GET","path":"/a","status":200},` + sign + `}`)
		assert.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip], sign)
	}
}

func TestAVisitorCannotHideByWordsInAMessage(t *testing.T) {
	for _, message := range []string{"GET /sending/outgoing 200", "/outgoing", "request completed: sending"} {
		_, skip := translateText(`{"message":"` + message + `","method":"GET","path":"/a","status":200}`)
		assert.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip], message)
	}
}

func TestTheMessageInTheBodySaysThatARecordIsOfACall(t *testing.T) {
	for message, want := range map[string]visit.SkipReason{
		"Sending request to billing": visit.SkipNotAccessLog, "outgoing: POST /a": visit.SkipNotAccessLog, "retrying...": visit.SkipNotAccessLog,
		"request completed": visit.NotSkipped, "/outgoing": visit.NotSkipped, "fetching-1  | GET /a": visit.NotSkipped,
		"outbound.example.com:443 203.0.113.9 - -": visit.NotSkipped, "crawled:8080 203.0.113.9": visit.NotSkipped,
	} {
		t.Run(message, func(t *testing.T) {
			record := requestRecord(t, nil)
			record.Body().SetStr(message)
			_, skip := translation.New(translate.Config{}).LogRecord(record)
			assert.Equal(t, visit.SkipReasons[want], visit.SkipReasons[skip])
		})
	}
}

func TestTheScopeOfAClientVetoes(t *testing.T) {
	logs := fixture.NewLogs("/a")
	scoped := logs.ResourceLogs().At(0).ScopeLogs().At(0)
	for scope, want := range map[string]visit.SkipReason{
		"System.Net.Http.HttpClient.Default.LogicalHandler": visit.SkipNotAccessLog, "httpx": visit.SkipNotAccessLog,
		"Microsoft.AspNetCore.Hosting.Diagnostics": visit.NotSkipped, "": visit.NotSkipped, "uvicorn.access": visit.NotSkipped,
	} {
		scoped.Scope().SetName(scope)
		tr := translation.New(translate.Config{})
		for range 2 {
			tr.EnterScope(scoped.Scope())
			for range 2 {
				_, skip := tr.LogRecord(scoped.LogRecords().At(0))
				assert.Equal(t, visit.SkipReasons[want], visit.SkipReasons[skip], scope)
			}
		}
	}
}

func TestASpanHasNoWrapper(t *testing.T) {
	span := fixture.NewTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	require.NoError(t, span.Attributes().FromRaw(map[string]any{"meta": map[string]any{"method": "GET", "path": "/a", "status": 200}}))
	_, skip := translation.New(translate.Config{}).Span(span)
	assert.Equal(t, visit.SkipReasons[visit.SkipNotHTTP], visit.SkipReasons[skip])
}

// TestWhatTheRequestsMapSaysComesFirst: a record can say the same of itself.
func TestWhatTheRequestsMapSaysComesFirst(t *testing.T) {
	const inner = `"payload":{"method":"GET","path":"/a","status":404,"user_agent":"x","client_ip":"203.0.113.9","query":"b=c","host":"www.example.com"}`
	const outer = `"status":200,"user_agent":"shipper","client_ip":"198.51.100.7","query":"SELECT","http_host":"collector.example.net","url":"https://other.example/"`
	for _, text := range []string{"{" + inner + "," + outer + "}", "{" + outer + "," + inner + "}"} {
		v, skip := translateText(text)
		require.Equal(t, visit.NotSkipped, skip)
		assert.Equal(t, "404 x 203.0.113.9 b=c", fmt.Sprintf("%d %s %s %s", v.Status, v.UserAgent, v.ClientIP, v.Query))
	}
	t.Run("but not before keys that users name", func(t *testing.T) {
		tr := translation.New(translate.Config{Attributes: map[string][]string{"user_agent": {"seen.as"}, "path": {"page"}}})
		record := fixture.LineRecord(`{"page":"/own","seen":{"as":"own"},` + inner + `}`)
		v, skip := tr.LogRecord(record)
		require.Equal(t, visit.NotSkipped, skip)
		assert.Equal(t, "/own own", v.Path+" "+v.Text[visit.UserAgent])
	})
	t.Run("and nothing of it remains for the next record", func(t *testing.T) {
		tr := translation.New(translate.Config{})
		_, skip := tr.LogRecord(fixture.LineRecord("{" + inner + "}"))
		require.Equal(t, visit.NotSkipped, skip)
		_, skip = tr.LogRecord(fixture.LineRecord(`{"payload":{"path":"/a","status":200,"user_agent":"x"}}`))
		assert.Equal(t, visit.SkipNotAccessLog, skip)
		v, skip := tr.LogRecord(requestRecord(t, map[string]any{"path": "/b"}))
		require.Equal(t, visit.NotSkipped, skip)
		assert.Equal(t, "/a", v.Path)
	})
}
