// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strconv"
	"strings"
)

// knownAgents delivers to Known Agents, formerly Dark Visitors: POST /visits
// with a project's access token and a JSON array of visits. The token selects
// the site. The names of the headers that users add are in lower case with "-".
// Source: Known Agents' REST documentation and Node SDK.
func knownAgents(cfg *KnownAgentsConfig, addedRequest, addedResponse []string) *destination {
	d := &destination{
		name:        "known_agents",
		endpoint:    "https://api.knownagents.com",
		path:        "/visits",
		contentType: "application/json",
		framing:     framing{open: "[", separator: ",\n", end: "]"},
		secretKey:   "known_agents::access_token",
		fields: []string{
			"request_path", "request_method", "request_headers", "response_status_code", "response_headers",
			"response_duration_in_milliseconds", "created", "mcp_request_method", "mcp_request_tool_name",
			"mcp_request_client_info_name", "mcp_request_client_info_version", "mcp_response_result_is_error", "mcp_response_error_code",
		},
		unused: setOf(scheme, host, machineName, forwardedHost, forwardedProto), // the token tells the site
		encode: knownAgentsEncoder(addedRequest, addedResponse),
	}
	d.setSecret("Authorization", "Bearer ", string(cfg.AccessToken), cfg.AccessTokenFile)
	return d
}

// mcpMembers are Known Agents' names of the MCP facts.
var mcpMembers = []struct {
	field field
	member
}{
	{mcpMethod, newMember("mcp_request_method")},
	{mcpTool, newMember("mcp_request_tool_name")},
	{mcpClientName, newMember("mcp_request_client_info_name")},
	{mcpClientVersion, newMember("mcp_request_client_info_version")},
}

// headerNames are the members of the objects of headers, by field.
type headerNames [fieldCount]member

// newHeaderNames are the headers that are delivered.
func newHeaderNames(addedRequest, addedResponse []string) *headerNames {
	n := new(headerNames)
	n.setFrom(firstRequestHeader, requestHeaders[:])
	n.setFrom(firstResponseHeader, responseHeaders[:])
	n.setFrom(firstAddedRequest, addedRequest)
	n.setFrom(firstAddedResponse, addedResponse)
	return n
}

// setFrom sets the names of the headers from the given field on. Signatures (RFC
// 9421) are sent whole or not at all: a part of one would make a genuine agent
// look like a forged one.
func (n *headerNames) setFrom(first field, names []string) {
	for i, name := range names {
		m := newMember(name)
		m.whole = strings.HasPrefix(name, "signature")
		n[first+field(i)] = m
	}
}

// knownAgentsEncoder writes the fields of a visit in the order of the vendor's
// documentation. It always sends created: without it a delayed visit would get
// the time of its arrival.
func knownAgentsEncoder(addedRequest, addedResponse []string) func([]byte, *visit) encoded {
	headers := newHeaderNames(addedRequest, addedResponse)
	return func(dst []byte, v *visit) encoded {
		start := len(dst)
		dst = append(dst, `{"request_path":"`...)
		dst = append(dst, v.path...)
		if v.query != "" {
			dst = append(append(dst, '?'), v.query...)
		}
		dst = append(dst, `","request_method":"`...)
		dst = append(dst, v.method...)
		dst = append(dst, `","request_headers":{`...)
		dst, cutRequest := appendMembers(dst, start, v, headers, &requestFields)
		dst = append(appendClientIP(dst, v), '}')
		if v.status != 0 {
			dst = appendStatus(append(dst, `,"response_status_code":`...), v.status)
		}
		dst, cutResponse := appendResponseHeaders(dst, start, v, headers)
		if v.duration >= 0 && v.duration <= maxDuration {
			dst = appendMillis(append(dst, `,"response_duration_in_milliseconds":`...), v.duration)
		}
		cutMCP := false
		if v.text[mcpMethod] != "" {
			dst, cutMCP = appendMCP(dst, v.text)
		}
		dst = appendTimestamp(append(dst, `,"created":"`...), v.start)
		return encoded{bytes: append(dst, `"}`...), cut: cutRequest || cutResponse || cutMCP}
	}
}

// appendResponseHeaders appends no object if it would be empty.
func appendResponseHeaders(dst []byte, start int, v *visit, headers *headerNames) (out []byte, cut bool) {
	const name = `,"response_headers":{`
	before := len(dst)
	dst, cut = appendMembers(append(dst, name...), start, v, headers, &responseFields)
	if len(dst) == before+len(name) {
		return dst[:before], cut
	}
	return append(dst, '}'), cut
}

// knownAgentsAddresses are the headers in which Known Agents looks for
// the visitor's address.
var knownAgentsAddresses = setOf(
	requestHeader("remote-addr"), requestHeader("x-forwarded-for"), requestHeader("x-real-ip"), requestHeader("client-ip"),
	requestHeader("cf-connecting-ip"), requestHeader("x-cluster-client-ip"), requestHeader("forwarded"),
	requestHeader("x-original-forwarded-for"), requestHeader("fastly-client-ip"), requestHeader("true-client-ip"),
	requestHeader("x-appengine-user-ip"),
)

var forwardedForMember = newMember("x-forwarded-for")

// appendClientIP appends the address as X-Forwarded-For if the visit has none of
// the headers in which Known Agents looks for it.
func appendClientIP(dst []byte, v *visit) []byte {
	if v.clientIP == "" {
		return dst
	}
	for i := range v.present.shared(&knownAgentsAddresses) {
		if v.text[i] != "" {
			return dst
		}
	}
	dst, _ = forwardedForMember.append(dst, v.clientIP, maxTextBytes, true)
	return dst
}

// appendMCP appends the facts of a Model Context Protocol call. It leaves out an
// error that is no boolean, and an error code that is no number of 32 bits, as
// JSON-RPC has them.
func appendMCP(dst []byte, text *[fieldCount]string) (out []byte, cut bool) {
	for i := range mcpMembers {
		m := &mcpMembers[i]
		if text[m.field] != "" {
			var cutOne bool
			dst, cutOne = m.append(dst, text[m.field], maxNameBytes, false)
			cut = cut || cutOne
		}
	}
	if isError, err := strconv.ParseBool(text[mcpIsError]); err == nil {
		dst = strconv.AppendBool(append(dst, `,"mcp_response_result_is_error":`...), isError)
	}
	if code, err := strconv.ParseInt(text[mcpErrorCode], 10, 32); err == nil {
		dst = strconv.AppendInt(append(dst, `,"mcp_response_error_code":`...), code, 10)
	}
	return dst, cut
}
