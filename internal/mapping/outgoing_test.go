// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNamesOfHTTPClientsAreToldFromOthers(t *testing.T) {
	for name := range strings.FieldsSeq(`System.Net.Http.HttpClient.Default.LogicalHandler System.Net.Http.HttpClient httpx urllib3.connectionpool
		org.springframework.web.client.RestTemplate aiohttp.client okhttp3.OkHttpClient reactor.netty.http.client shop.billing.OrdersClient
		SPAN_KIND_CLIENT client CLIENT outbound Outgoing egress apiclient outgoingRequest axios feign.Logger`) {
		assert.True(t, IsOutgoing(name), name)
		assert.True(t, IsForeign([]byte(name)), name)
	}
	for name := range strings.FieldsSeq(`Microsoft.AspNetCore.Hosting.Diagnostics Serilog.AspNetCore.RequestLoggingMiddleware uvicorn.access aiohttp.access
		aiohttp.server inbound ingress server SPAN_KIND_SERVER request clienteling nginx tower_http::trace werkzeug http.log.access reqwesting ClientIp2`) {
		assert.Equal(t, name == "ClientIp2", IsOutgoing(name), name)
	}
	assert.False(t, IsOutgoing(""))
	assert.False(t, IsOutgoing(strings.Repeat("a", 1<<20)+".client"), "a long text is no name")
}

func TestMapsOfSomethingElseThanAVisitorsRequestAreTold(t *testing.T) {
	for path := range strings.FieldsSeq(`config err.config error.request job.args audit upstreamRequest backend_request req.upstream axiosConfig webhook.request lastError.request matched.route`) {
		assert.True(t, IsForeign(path), path)
	}
	for path := range strings.FieldsSeq(`meta.req payload Event.Request protoPayload httpRequest properties data.http errorless configured`) {
		assert.False(t, IsForeign(path), path)
	}
}

func TestTheKindOfARecordIsItsWholeText(t *testing.T) {
	for kind := range strings.FieldsSeq(`CLIENT client SPAN_KIND_CLIENT Producer histogram xhr network-error`) {
		assert.True(t, IsOtherKind(kind), kind)
	}
	for kind := range strings.FieldsSeq(`SERVER server client-portal request access http Event clients`) {
		assert.False(t, IsOtherKind(kind), kind)
	}
	assert.False(t, IsOtherKind(""))
}

func TestAMessageOfSendingSaysSoInItsFirstWords(t *testing.T) {
	for _, message := range []string{"sending request", "Outgoing request", "scraped target", "now crawled", "sending"} {
		assert.True(t, IsOfSending(message), message)
	}
	for _, message := range []string{
		"", "request completed", "GET /sending 200", "GET sending", "/outgoing", "a b c sending", "request /a sending", "resending", "200 OK sending",
		"outbound.example.com:443", "fetching-1 |", "crawled:8080",
	} {
		assert.Equal(t, message == "GET sending", IsOfSending(message), message)
	}
}

func TestANoticeBesideARequestSaysSoAtItsStart(t *testing.T) {
	for _, message := range []string{
		"outgoing_request", "http_client.request", "webhook.delivered", "rate_limited", "page_crawled", "Rate limit exceeded", "fetched page",
		"HTTP client request finished", "request sent", "Upstream response", "Circuit breaker open", "purge",
	} {
		assert.True(t, IsOfSending(message), message)
	}
	for _, message := range []string{
		"response sent", "request_finished", "Webhook received", "GET /fetched 200", "rate limits", "called/a", "recalled", "PURGE /a 200", "SENDING http://www.example.com/a", "fetched.example.com",
		"outbound.example.com", "purge.example.com", "Health check", "request received", "api.request", "cache-hit",
	} {
		assert.False(t, IsOfSending(message), message)
	}
}

func TestLibrariesThatSendRequestsAreToldByTheirLoggers(t *testing.T) {
	for name := range strings.FieldsSeq(`httpx urllib3.connectionpool botocore.parsers reqwest::connect hyper::client::pool undici Axios`) {
		assert.True(t, IsLibrary(name), name)
	}
	for name := range strings.FieldsSeq(`shop requests got httpx-access axios/1.7 tower_http::trace hyper::server reqwesting elastic_transports uvicorn.access`) {
		assert.False(t, IsLibrary(name), name)
	}
	assert.False(t, IsLibrary(""))
}

func TestPartsOfAServiceThatCallOthersAreTold(t *testing.T) {
	for name := range strings.FieldsSeq(`com.example.shop.BillingClient shop.http_client billing/client.go:12 billing-client Faraday redis`) {
		assert.True(t, IsCallingPart(name), name)
	}
	for name := range strings.FieldsSeq(`com.example.clientele.Controller ClientsController handlers/client.go:7 shop.ClientHandler.Get middleware/requests.go:3 server.access http web`) {
		assert.False(t, IsCallingPart(name), name)
	}
}

func TestAMessageThatMayBeOfACallSaysSoInItsWords(t *testing.T) {
	for _, message := range []string{
		"API call to billing", "api_call", "external_api_request", "http.client.response", "made request", "Downstream call finished",
		"got response from billing", "Received HTTP response headers after 38ms", "request to billing succeeded", "HTTP Client done",
		"call response received", "received a call response", "upstream request served", "Request to billing handled", "call to /a",
		"cache hit", "flag evaluated", "async api-call done", "HTTP roundtrip", "Response from billing",
	} {
		assert.True(t, TellsOfCall(message), message)
	}
	for _, message := range []string{
		"", "request completed", "GET /call 200", "/calls/from", "handled request", "request from 203.0.113.9", "response: 200", "http.access",
		"Request finished HTTP/1.1 GET /call", "served calls.example.com:443", "a b c d e f g h call", strings.Repeat("a", 1<<20), `"call"`,
		"http call handled", "API call received", "received API call", "Webhook received", "call served", "Request to /a completed", "a request was made", "request made",
		"QUERY /a 200", "HTTP PROBE /a responded 200", "CALL http://www.example.com/a", "FETCH * 200",
		"received request", "response sent", "sent response", "done: calling billing", "cache-1 | GET /a", "crawled:8080 x", "http request handled", "recall",
	} {
		assert.False(t, TellsOfCall(message), message)
	}
}

func TestCategoriesOfOtherLogsAreTold(t *testing.T) {
	for category := range strings.FieldsSeq(`FrontDoorWebApplicationFirewallLog AppServiceAuditLogs ApplicationGatewayFirewallLog AppTraces`) {
		assert.True(t, IsOtherCategory(category), category)
	}
	for category := range strings.FieldsSeq(`FrontDoorAccessLog FrontDoorHealthProbeLog AppServiceHTTPLogs ApplicationGatewayAccessLog GatewayLogs`) {
		assert.False(t, IsOtherCategory(category), category)
	}
}
