// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"fmt"
	"strings"
	"testing"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// mappingRow is a row of the table that shows how telemetry becomes a visit.
type mappingRow struct {
	what                 string
	knownAgents, scrunch string // the APIs' names
	before               string // what is looked at before the keys
	keys                 []string
	after                string // what is looked at after the keys
	absent               string
}

// mappingRows has a row for each field of a visit, and for fields in which others are
// found.
var mappingRows = []mappingRow{
	{
		what: "method", knownAgents: "request_method", scrunch: "method",
		keys: attributeKeys[visit.Method], after: "the request line's first word", absent: "no visit",
	},
	{
		what: "path", knownAgents: "request_path", scrunch: "path, url",
		keys: attributeKeys[visit.Path], after: "the request target; the full URL; " + keyList(attributeKeys[visit.PathFallback]), absent: "no visit",
	},
	{
		what: "query", knownAgents: "request_path", scrunch: "url",
		keys: attributeKeys[visit.Query], after: "the request target; the full URL. A map of parameters comes last", absent: "none",
	},
	{
		what: "host", knownAgents: "`request_headers`, as `host`", scrunch: "domain, url", before: "the header `host`; " + keyList(attributeKeys[visit.MachineName]) + " of Azure's Application Gateway",
		keys: attributeKeys[visit.Host], after: "the full URL; " + keyList(attributeKeys[visit.BareHost]) + ", if it has a dot or is an IPv6 address, and is not the client's address (in a log record, a public address alone is the client's if no key names that); `x-forwarded-host`; `forwarded`; the request target. A name or address of a private network comes last",
		absent: "`scrunch::domain`; without it not for Scrunch (`no_host`)",
	},
	{
		what: "scheme", scrunch: "url", before: "`x-forwarded-proto`; `forwarded`; the full URL; the request target",
		keys: attributeKeys[visit.Scheme], absent: "`https`",
	},
	{
		what: "status", knownAgents: "response_status_code", scrunch: "status_code", keys: attributeKeys[visit.Status],
		absent: "log record: no visit, unless the status is 0 and there is a user agent; else left out, not for Scrunch (`no_status`)",
	},
	{
		what: "time", knownAgents: "created", scrunch: "timestamp", before: "of a span only its start, or its end if the start is before 2000",
		keys: attributeKeys[visit.StartTime], after: "less the duration (in whole seconds if the time is), if its unit is known and it is at most an hour: " + keyList(attributeKeys[visit.EndTime]) + ", or " + keyList(attributeKeys[visit.Day]) + " with a time of day; the log record's own time, or when it was observed",
		absent: "the time of arrival; also if the time found is before 2000 or more than a day ahead",
	},
	{
		what: "duration", knownAgents: "response_duration_in_milliseconds", scrunch: "response_time",
		before: "of a span only its end less its start", keys: durationNames(),
		after:  keyList(attributeKeys[visit.RequestTime]) + ", in seconds but for some producers; in the producer's unit, else in the one that the record's other times or the number's form suggest: " + keyList(attributeKeys[visit.BareDuration]) + "; the sum of " + keyList(attributeKeys[visit.DurationPart]) + "; the end less the start",
		absent: "left out, as with the status 101",
	},
	{
		what: "client's address", knownAgents: "`request_headers`, as `x-forwarded-for` if no header names it", scrunch: "ip",
		before: "the headers " + keyList(namesOf(AddressHeaders)), keys: attributeKeys[visit.ClientIP],
		after:  "before these, unless they name another address than a known peer's: `x-forwarded-for`, `forwarded`; last the peer: " + keyList(attributeKeys[visit.PeerIP]) + ". Of `client.address` and the keys after it, and of those of the peer, the first counts. Otherwise a public address comes before a private one. If none of these is public: the other headers that tell addresses, such as `client-ip`",
		absent: "left out",
	},
	{
		what: "user agent", knownAgents: "request_headers", scrunch: "user_agent", keys: requestHeaderAliases["user-agent"],
		after: "the header `user-agent`", absent: "left out, not for Scrunch (`no_user_agent`)",
	},
	{
		what: "referer", knownAgents: "request_headers", keys: requestHeaderAliases["referer"],
		after: "the header `referer`", absent: "left out",
	},
	{
		what: "content type", knownAgents: "response_headers", keys: responseHeaderAliases["content-type"],
		after: "the header `content-type`", absent: "left out",
	},
	{
		what: "MCP method", knownAgents: "mcp_request_method", keys: attributeKeys[visit.MCPMethod],
		after:  keyList(attributeKeys[visit.RPCMethod]) + ", if " + keyList(attributeKeys[visit.RPCSystem]) + " is `mcp` or `jsonrpc`",
		absent: "no MCP field",
	},
	{
		what: "MCP tool", knownAgents: "mcp_request_tool_name", keys: attributeKeys[visit.MCPTool],
		after: keyList(attributeKeys[visit.MCPName]) + ", if the method is `tools/call`", absent: "left out",
	},
	{
		what: "MCP client", knownAgents: "mcp_request_client_info_name", keys: attributeKeys[visit.MCPClientName],
		absent: "left out",
	},
	{
		what: "its version", knownAgents: "mcp_request_client_info_version", keys: attributeKeys[visit.MCPClientVersion],
		absent: "left out",
	},
	{
		what: "MCP error", knownAgents: "mcp_response_result_is_error", keys: attributeKeys[visit.MCPIsError],
		after: keyList(attributeKeys[visit.ErrorType]) + ", if it is `tool_error`", absent: "left out",
	},
	{what: "its code", knownAgents: "mcp_response_error_code", keys: attributeKeys[visit.MCPErrorCode], after: keyList(attributeKeys[visit.ErrorType]) + ", if it is a negative number", absent: "left out"},
	{what: "*request target*", keys: attributeKeys[visit.Target], after: "the request line's second word", absent: "see path"},
	{what: "*full URL*", keys: attributeKeys[visit.FullURL], absent: "made of the parts"},
	{what: "*request line*", keys: attributeKeys[visit.RequestLine], absent: "see method and path"},
}

func keyList(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	return "`" + strings.Join(keys, "`, `") + "`"
}

// durationNames returns the keys of durations, each with its unit.
func durationNames() []string {
	var names []string
	for _, d := range durationKeys {
		names = append(names, d.key+"` ("+strings.TrimPrefix(d.unit.String(), "1")+")`")
	}
	return names
}

// namesOf returns the names of request headers.
func namesOf(headers []visit.Field) []string {
	var names []string
	for _, f := range headers {
		names = append(names, visit.RequestHeaders[f-visit.FirstRequestHeader])
	}
	return names
}

// mappingTable writes the table of fields and their keys.
func mappingTable() string {
	var out strings.Builder
	out.WriteString("| Visit | Known Agents | Scrunch | Found under, best first | If absent |\n| --- | --- | --- | --- | --- |\n")
	for _, row := range mappingRows {
		var sources []string
		for _, source := range []string{row.before, keyList(row.keys), row.after} {
			if source != "" {
				sources = append(sources, source)
			}
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s |\n",
			row.what, codes(row.knownAgents), codes(row.scrunch), strings.Join(sources, "; "), row.absent)
	}
	return strings.ReplaceAll(out.String(), ")``", ")")
}

// codes sets the names of an API in code font.
func codes(names string) string {
	if names == "" || strings.Contains(names, "`") {
		return names
	}
	return keyList(strings.Split(names, ", "))
}

const mappingPage = `<!-- Generated by: go test ./internal/mapping -run TestMapping -update -->

# From telemetry to visits

This table shows which attribute becomes which part of a visit. The first key of a row that has a value counts, but for what
the row says. Some producers mean something else by a key: [sources.go](../internal/mapping/sources.go) names them. The keys of
nested maps are joined by dots, so ` + "`request.method`" + ` also means ` + "`method`" + ` within ` + "`request`" + `. The values ` + "`-`, `null`, `nil`, `unknown`" + ` and
marks of redaction such as ` + "`[REDACTED]`" + ` count as absent. The last three rows are not parts of a visit; other parts are found in them.

Keys in another spelling, and in log records those in maps around the request, are read as well:
[Sources](sources.md#where-a-request-is-looked-for). The rows of host, scheme and address hold without
` + "`trusted_headers` and `trusted_proxies` of `visits::client_ip`" + `; with them [other rules](sources.md#which-value-counts)
hold.

%s
## Headers

Known Agents gets the headers of [a list](privacy.md#known-agents), Scrunch none but what the table names. A header is found under
several keys, best first. For ` + "`x-forwarded-for`" + ` they are:
%s.

For ` + "`content-type`" + ` of the response they are:
%s.

## Hosts

` + "`visits::hosts`, `scrunch::domain`" + `, [sites](sites.md) and the reasons ` + "`host_excluded`, `other_site`" + ` and ` + "`no_site`" + ` go by the host
that the server served: one that it names itself, such as the Host header by which it routed the request, or one that a proxy
among ` + "`visits::client_ip::trusted_proxies`" + ` forwarded. Any visitor can write what else is forwarded, and a host in the request
target. So these count as no host: with ` + "`visits::hosts::include`" + ` or several sites a visit that has no other does not count.
Otherwise it counts and may show that host, and without ` + "`scrunch::domain`" + ` Scrunch gets it as the domain. An address and a name of
a private network are hosts for ` + "`visits::hosts`" + `, but no other site's for ` + "`scrunch::domain`" + `.

A server that answers under every name serves a visitor who sends a Host header of another site, and these settings then go by that
host. Let the server refuse names that it does not know. Some SDKs write a forwarded host into ` + "`server.address`" + `, where it
looks like the server's own: capture the header ` + "`host`" + ` ([sites](sites.md#what-a-visitor-can-do-and-what-not)).

## Text

If the keys of a log record tell no method and no request line, its text is read: the body, or the value of %s.
One of more than 256 KiB is not. The text may be a JSON object, a [line of an access
log](access-logs.md#which-lines-are-read), LTSV, or pairs of ` + "`key=value`" + `.
What a line of an access log says comes before keys that say the same, but those that you name for path, query and target. A host of
a private network comes last there, too. Columns of W3C logs, LTSV and pairs are keys themselves.
`

func writeMappingPage() string {
	forwardedKeys := append(requestHeaderAliases["x-forwarded-for"], HeaderKeys("x-forwarded-for", RequestHeaderKeys)...)
	return fmt.Sprintf(mappingPage, mappingTable(), keyList(forwardedKeys), keyList(HeaderKeys("content-type", ResponseHeaderKeys)), keyList(attributeKeys[visit.InnerText]))
}

func TestMappingIsDocumented(t *testing.T) {
	page := writeMappingPage()
	for f, keys := range attributeKeys[:visit.FirstRequestHeader] {
		switch visit.Field(f) {
		case visit.NoField, visit.Container, visit.Outgoing, visit.OtherKind, visit.Library, visit.EventName, visit.Category, visit.ForwardedHost, visit.ForwardedProto: // these help to read others
			continue
		}
		for _, key := range keys {
			fixture.AssertMentions(t, page, "`"+key+"`", "a row of mapping_test.go is missing or lacks a field")
		}
	}
	fixture.RequireFile(t, fixture.InRoot("docs/mapping.md"), page)
}
