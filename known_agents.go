// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"net/http"
	"strconv"
	"strings"
)

// knownAgents delivers to Known Agents, formerly Dark Visitors: POST /visits
// with a project's access token and a JSON array of visits. The token selects
// the site. Source: Known Agents' REST documentation and Node SDK.
func knownAgents(cfg *KnownAgentsConfig) *destination {
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
		encode: encodeKnownAgents,
	}
	if cfg.AccessTokenFile != "" {
		d.secretKey += "_file"
		file := &secretFile{path: cfg.AccessTokenFile}
		d.authorize = func(h http.Header) { h.Set("Authorization", "Bearer "+file.current()) }
	} else if cfg.AccessToken != "" {
		d.authorize = func(h http.Header) { h.Set("Authorization", "Bearer "+string(cfg.AccessToken)) }
	}
	return d
}

// mcpMembers are Known Agents' names of the MCP facts.
var mcpMembers = []struct {
	field field
	name  string
}{
	{mcpMethod, `,"mcp_request_method":`},
	{mcpTool, `,"mcp_request_tool_name":`},
	{mcpClientName, `,"mcp_request_client_info_name":`},
	{mcpClientVersion, `,"mcp_request_client_info_version":`},
}

// headerNames are the members of the objects of headers, by field.
type headerNames [fieldCount]member

// add names the headers from the given field on. A part of a signature (RFC 9421)
// would make a genuine agent look like a forged one.
func (n *headerNames) add(first field, names []string) {
	for i, name := range names {
		n[first+field(i)] = member{name: `,"` + name + `":`, whole: strings.HasPrefix(name, "signature")}
	}
}

// builtinHeaders are the headers that are delivered unless users add some.
var builtinHeaders = func() *headerNames {
	n := new(headerNames)
	n.add(firstRequestHeader, requestHeaders[:])
	n.add(firstResponseHeader, responseHeaders[:])
	return n
}()

// encodeKnownAgents writes the fields of a visit in the order of the vendor's
// documentation. created is sent always: without it a delayed visit would get
// the time of its arrival.
func encodeKnownAgents(dst []byte, v *visit) encoded {
	e := newEncoder(dst)
	e.raw(`{"request_path":"`)
	e.raw(v.path)
	if v.query != "" {
		e.raw("?")
		e.raw(v.query)
	}
	e.raw(`","request_method":"`)
	e.raw(v.method)
	e.raw(`","request_headers":{`)
	headers := v.headers
	if headers == nil {
		headers = builtinHeaders
	}
	e.members(v, headers, &requestFields)
	e.clientIP(v)
	e.raw("}")
	if v.status != 0 {
		e.raw(`,"response_status_code":`)
		e.integer(int64(v.status))
	}
	e.responseHeaders(v, headers)
	if v.duration >= 0 && v.duration <= maxDuration {
		e.raw(`,"response_duration_in_milliseconds":`)
		e.millis(v.duration)
	}
	if v.text[mcpMethod] != "" {
		e.mcp(v.text)
	}
	e.raw(`,"created":"`)
	e.bytes = appendTimestamp(e.bytes, v.start)
	e.raw(`"}`)
	return e.done()
}

// responseHeaders leaves the object out if it would be empty.
func (e *encoder) responseHeaders(v *visit, headers *headerNames) {
	before := len(e.bytes)
	e.raw(`,"response_headers":{`)
	open := len(e.bytes)
	e.members(v, headers, &responseFields)
	if len(e.bytes) == open {
		e.bytes = e.bytes[:before]
		return
	}
	e.raw("}")
}

// clientIP stands in for the headers in which Known Agents looks for the
// address, if none of them was captured.
func (e *encoder) clientIP(v *visit) {
	if v.clientIP == "" {
		return
	}
	if v.present.meets(&knownAgentsAddresses) {
		for _, i := range knownAgentsAddressHeaders {
			if v.text[i] != "" {
				return
			}
		}
	}
	e.name(`,"x-forwarded-for":"`)
	e.raw(v.clientIP)
	e.raw(`"`)
}

// mcp writes the facts of a Model Context Protocol call. Whether the result is
// an error is a boolean and its code a number of JSON-RPC, which has 32 bits;
// anything else in their place is left out.
func (e *encoder) mcp(text *[fieldCount]string) {
	for _, m := range mcpMembers {
		if text[m.field] != "" {
			e.raw(m.name)
			e.text(text[m.field], maxNameBytes)
		}
	}
	if isError, err := strconv.ParseBool(text[mcpIsError]); err == nil {
		e.raw(`,"mcp_response_result_is_error":`)
		e.raw(strconv.FormatBool(isError))
	}
	if code, err := strconv.ParseInt(text[mcpErrorCode], 10, 32); err == nil {
		e.raw(`,"mcp_response_error_code":`)
		e.integer(code)
	}
}
