// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"strconv"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// KnownAgents delivers to Known Agents, formerly Dark Visitors: POST /visits
// with a project's access token and a JSON array of visits. The token selects
// the site. The names of the headers that users add are in lower case with "-".
// Source: Known Agents' REST documentation and Node SDK.
func KnownAgents(cfg *KnownAgentsConfig, addedRequest, addedResponse []string) *Destination {
	d := &Destination{
		Name:        "known_agents",
		Endpoint:    "https://api.knownagents.com",
		Path:        "/visits",
		ContentType: "application/json",
		Framing:     Framing{Open: "[", Separator: ",\n", End: "]"},
		SecretKey:   "known_agents::access_token",
		Fields: []string{
			"request_path", "request_method", "request_headers", "response_status_code", "response_headers",
			"response_duration_in_milliseconds", "created", "mcp_request_method", "mcp_request_tool_name",
			"mcp_request_client_info_name", "mcp_request_client_info_version", "mcp_response_result_is_error", "mcp_response_error_code",
		},
		Unused: visit.SetOf(visit.Scheme, visit.Host, visit.MachineName, visit.ForwardedHost, visit.ForwardedProto), // the token tells the site
		Encode: knownAgentsEncoder(addedRequest, addedResponse),
	}
	d.setSecret("Authorization", "Bearer ", string(cfg.AccessToken), cfg.AccessTokenFile)
	return d
}

// mcpMembers are Known Agents' names of the MCP facts.
var mcpMembers = []struct {
	field visit.Field
	member
}{
	{visit.McpMethod, newMember("mcp_request_method")},
	{visit.McpTool, newMember("mcp_request_tool_name")},
	{visit.McpClientName, newMember("mcp_request_client_info_name")},
	{visit.McpClientVersion, newMember("mcp_request_client_info_version")},
}

// headerNames are the members of the objects of headers, by field.
type headerNames [visit.FieldCount]member

// newHeaderNames are the headers that are delivered.
func newHeaderNames(addedRequest, addedResponse []string) *headerNames {
	n := new(headerNames)
	n.setFrom(visit.FirstRequestHeader, visit.RequestHeaders[:])
	n.setFrom(visit.FirstResponseHeader, visit.ResponseHeaders[:])
	n.setFrom(visit.FirstAddedRequest, addedRequest)
	n.setFrom(visit.FirstAddedResponse, addedResponse)
	return n
}

// setFrom sets the names of the headers from the given field on. Signatures (RFC
// 9421) are sent whole or not at all: a part of one would make a genuine agent
// look like a forged one.
func (n *headerNames) setFrom(first visit.Field, names []string) {
	for i, name := range names {
		m := newMember(name)
		m.whole = strings.HasPrefix(name, "signature")
		n[first+visit.Field(i)] = m
	}
}

// knownAgentsEncoder writes the fields of a visit in the order of the vendor's
// documentation. It always sends created: without it a delayed visit would get
// the time of its arrival.
func knownAgentsEncoder(addedRequest, addedResponse []string) func([]byte, *visit.Visit) Encoded {
	headers := newHeaderNames(addedRequest, addedResponse)
	return func(dst []byte, v *visit.Visit) Encoded {
		start := len(dst)
		dst = append(dst, `{"request_path":"`...)
		dst = append(dst, v.Path...)
		if v.Query != "" {
			dst = append(append(dst, '?'), v.Query...)
		}
		dst = append(dst, `","request_method":"`...)
		dst = append(dst, v.Method...)
		dst = append(dst, `","request_headers":{`...)
		dst, cutRequest := appendMembers(dst, start, v, headers, &visit.RequestFields)
		dst = append(appendClientIP(dst, v), '}')
		if v.Status != 0 {
			dst = appendStatus(append(dst, `,"response_status_code":`...), v.Status)
		}
		dst, cutResponse := appendResponseHeaders(dst, start, v, headers)
		if v.Duration >= 0 && v.Duration <= visit.MaxDuration {
			dst = appendMillis(append(dst, `,"response_duration_in_milliseconds":`...), v.Duration)
		}
		cutMCP := false
		if v.Text[visit.McpMethod] != "" {
			dst, cutMCP = appendMCP(dst, v.Text)
		}
		dst = appendTimestamp(append(dst, `,"created":"`...), v.Start)
		return Encoded{Bytes: append(dst, `"}`...), Cut: cutRequest || cutResponse || cutMCP}
	}
}

// appendResponseHeaders appends no object if it would be empty.
func appendResponseHeaders(dst []byte, start int, v *visit.Visit, headers *headerNames) (out []byte, cut bool) {
	const name = `,"response_headers":{`
	before := len(dst)
	dst, cut = appendMembers(append(dst, name...), start, v, headers, &visit.ResponseFields)
	if len(dst) == before+len(name) {
		return dst[:before], cut
	}
	return append(dst, '}'), cut
}

// knownAgentsAddresses are the headers in which Known Agents looks for
// the visitor's address.
var knownAgentsAddresses = visit.SetOf(
	visit.RequestHeader("remote-addr"), visit.RequestHeader("x-forwarded-for"), visit.RequestHeader("x-real-ip"), visit.RequestHeader("client-ip"),
	visit.RequestHeader("cf-connecting-ip"), visit.RequestHeader("x-cluster-client-ip"), visit.RequestHeader("forwarded"),
	visit.RequestHeader("x-original-forwarded-for"), visit.RequestHeader("fastly-client-ip"), visit.RequestHeader("true-client-ip"),
	visit.RequestHeader("x-appengine-user-ip"),
)

var forwardedForMember = newMember("x-forwarded-for")

// appendClientIP appends the address as X-Forwarded-For if the visit has none of
// the headers in which Known Agents looks for it.
func appendClientIP(dst []byte, v *visit.Visit) []byte {
	if v.ClientIP == "" {
		return dst
	}
	for i := range v.Present.Shared(&knownAgentsAddresses) {
		if v.Text[i] != "" {
			return dst
		}
	}
	dst, _ = forwardedForMember.append(dst, v.ClientIP, visit.MaxTextBytes, true)
	return dst
}

// appendMCP appends the facts of a Model Context Protocol call. It leaves out an
// error that is no boolean, and an error code that is no number of 32 bits, as
// JSON-RPC has them.
func appendMCP(dst []byte, text *[visit.FieldCount]string) (out []byte, cut bool) {
	for i := range mcpMembers {
		m := &mcpMembers[i]
		if text[m.field] != "" {
			var cutOne bool
			dst, cutOne = m.append(dst, text[m.field], visit.MaxNameBytes, false)
			cut = cut || cutOne
		}
	}
	if isError, err := strconv.ParseBool(text[visit.McpIsError]); err == nil {
		dst = strconv.AppendBool(append(dst, `,"mcp_response_result_is_error":`...), isError)
	}
	if code, err := strconv.ParseInt(text[visit.McpErrorCode], 10, 32); err == nil {
		dst = strconv.AppendInt(append(dst, `,"mcp_response_error_code":`...), code, 10)
	}
	return dst, cut
}
