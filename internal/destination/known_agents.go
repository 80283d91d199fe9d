// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

const knownAgentsName = "known_agents"

// KnownAgentsConfig is the configuration of Known Agents.
type KnownAgentsConfig struct {
	// AccessToken is the project's access token, from the project's settings. It
	// selects the site. Required, unless access_token_file, sites, sites_directory or auth
	// is set.
	AccessToken configopaque.String `mapstructure:"access_token"`
	// AccessTokenFile is the path of a file that holds the token instead. It is
	// read again when it changes, so that the token can be replaced while the
	// Collector runs.
	AccessTokenFile string `mapstructure:"access_token_file,omitempty"`
	// Project is a name for the project, of the user's choice. Visits in a queue on disk
	// are marked with it, and are never sent with the token of a project of another name.
	// It is not a secret, and is not sent. Visits without such a name are sent with whatever
	// token is set, while none is set here.
	Project string `mapstructure:"project,omitempty"`
	// Sites are several sites, each with a token of its own, instead of the one that the
	// keys above are for. A visit belongs to the site of the host that served it; that of no
	// site is skipped.
	Sites []KnownAgentsSite `mapstructure:"sites,omitempty"`
	// SitesDirectory is the path of a directory with one YAML file (.yaml, .yml) for each
	// further site, which has the keys of an entry of sites. Files are read again when they
	// change.
	SitesDirectory string `mapstructure:"sites_directory,omitempty"`
}

// Format prints no secret under any verb. Without it, fmt would print the fields in
// clear under %s and %q.
func (c KnownAgentsConfig) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "{access_token: [REDACTED], project: %q, sites: %d}", c.Project, len(c.Sites))
}

func (c *KnownAgentsConfig) isSet() bool { return c != nil }

func (*KnownAgentsConfig) name() string { return knownAgentsName }

func (*KnownAgentsConfig) required() []string { return []string{"access_token"} }

func (c *KnownAgentsConfig) check(f validation.Faults, hasExtension bool) {
	if s := c.sites(nil, nil); s != nil {
		checkSites(f, s, hasExtension, setKeys([2]string{"access_token", string(c.AccessToken)}, [2]string{"access_token_file", c.AccessTokenFile}, [2]string{"project", c.Project}))
		return
	}
	checkSecretOrFile(f, secretSetting{key: "access_token", variable: tokenVariable, optional: hasExtension}, string(c.AccessToken), c.AccessTokenFile)
	checkProject(f, c.Project, string(c.AccessToken))
}

const tokenVariable = "KNOWN_AGENTS_ACCESS_TOKEN"

func (c *KnownAgentsConfig) sites(addedRequest, addedResponse []string) *Sites {
	if c.Sites == nil && c.SitesDirectory == "" {
		return nil
	}
	return newSites(c.Sites, c.SitesDirectory, KnownAgents(&KnownAgentsConfig{}, addedRequest, addedResponse))
}

const maxProjectBytes = 100

// checkProject never shows the name, because it may be the token.
func checkProject(f validation.Faults, project, token string) {
	switch {
	case project == "":
	case project == token:
		f.Add("project", "is the same as %s: write a name of your choice, which is no secret", f.Key("access_token"))
	case isPlaceholder(project):
		f.Add("project", "holds a placeholder instead of a name: write a name of your choice, such as shop")
	case len(project) > maxProjectBytes || project != strings.TrimSpace(project) || strings.ContainsFunc(project, unicode.IsControl):
		f.Add("project", "is a text of %d bytes and no name: write at most %d, without line breaks and without spaces at its ends, such as shop", len(project), maxProjectBytes)
	}
}

func (c *KnownAgentsConfig) destination(addedRequest, addedResponse []string) *Destination {
	return KnownAgents(c, addedRequest, addedResponse)
}

// KnownAgents is the API of Known Agents, formerly Dark Visitors: POST /visits with a
// project's access token and a JSON array of visits. The token selects the site. The
// names of the headers that users add are in lower case with "-". Source: Known
// Agents' REST documentation and Node SDK.
func KnownAgents(cfg *KnownAgentsConfig, addedRequest, addedResponse []string) *Destination {
	d := &Destination{
		Name:        knownAgentsName,
		site:        cfg.Project,
		Endpoint:    "https://api.knownagents.com",
		Path:        "/visits",
		ContentType: "application/json",
		Framing:     Framing{Open: "[", Separator: ",\n", End: "]"},
		SecretKey:   knownAgentsName + "::access_token",
		Fields: []string{
			"request_path", "request_method", "request_headers", "response_status_code", "response_headers",
			"response_duration_in_milliseconds", "created", "mcp_request_method", "mcp_request_tool_name",
			"mcp_request_client_info_name", "mcp_request_client_info_version", "mcp_response_result_is_error", "mcp_response_error_code",
		},
		Unused: visit.SetOf(visit.Scheme, visit.ForwardedProto),
		Encode: knownAgentsEncoder(addedRequest, addedResponse),
	}
	d.secretSelectsSite = true
	d.secretHeader, d.secretScheme = "Authorization", "Bearer "
	d.setSecret(string(cfg.AccessToken), cfg.AccessTokenFile)
	return d
}

// mcpMembers are Known Agents' names for the fields of MCP.
var mcpMembers = []struct {
	field visit.Field
	member
}{
	{visit.MCPMethod, newMember("mcp_request_method")},
	{visit.MCPTool, newMember("mcp_request_tool_name")},
	{visit.MCPClientName, newMember("mcp_request_client_info_name")},
	{visit.MCPClientVersion, newMember("mcp_request_client_info_version")},
}

// headerNames are the members of request_headers and response_headers, by field.
type headerNames [visit.FieldCount]member

// newHeaderNames makes the names of all headers that are delivered.
func newHeaderNames(addedRequest, addedResponse []string) *headerNames {
	n := new(headerNames)
	n.setFrom(visit.FirstRequestHeader, visit.RequestHeaders[:])
	n.setFrom(visit.FirstResponseHeader, visit.ResponseHeaders[:])
	n.setFrom(visit.FirstAddedRequest, addedRequest)
	n.setFrom(visit.FirstAddedResponse, addedResponse)
	return n
}

// setFrom sets the names of the headers from field first on. Signatures (RFC 9421) are
// sent whole or not at all: a part of one would make a genuine agent look forged.
func (n *headerNames) setFrom(first visit.Field, names []string) {
	for i, name := range names {
		m := newMember(name)
		m.whole = strings.HasPrefix(name, "signature")
		n[first+visit.Field(i)] = m
	}
}

// knownAgentsEncoder writes the fields of a visit in the order of the vendor's
// documentation. It always sends created: otherwise a delayed visit would get the time
// of its arrival.
func knownAgentsEncoder(addedRequest, addedResponse []string) func([]byte, *visit.Visit) Encoded {
	headers := newHeaderNames(addedRequest, addedResponse)
	return func(dst []byte, v *visit.Visit) Encoded {
		start := len(dst)
		dst = knownAgentsPath.appendTo(dst)
		dst = append(dst, v.Path...)
		if v.Query != "" {
			dst = append(append(dst, '?'), v.Query...)
		}
		dst = knownAgentsMethod.appendTo(dst)
		dst = append(dst, v.Method...)
		dst = knownAgentsHeaders.appendTo(dst)
		open := len(dst)
		dst, cutRequest := appendRequestHeaders(dst, start, v, headers)
		dst = closeObject(dst, open)
		if v.Status != 0 {
			dst = appendStatus(knownAgentsStatus.appendTo(dst), v.Status)
		}
		dst, cutResponse := appendResponseHeaders(dst, start, v, headers)
		if v.Duration >= 0 && v.Duration <= visit.MaxDuration {
			dst = appendMillis(knownAgentsDuration.appendTo(dst), v.Duration)
		}
		cutMCP := false
		if v.Text[visit.MCPMethod] != "" {
			dst, cutMCP = appendMCP(dst, v.Text)
		}
		dst = appendTimestamp(append(dst, `,"created":"`...), v.Start)
		return Encoded{Bytes: append(dst, `"}`...), Cut: cutRequest || cutResponse || cutMCP}
	}
}

// How the parts of a visit for Known Agents begin.
var (
	knownAgentsPath     = newLiteral(`{"request_path":"`)
	knownAgentsMethod   = newLiteral(`","request_method":"`)
	knownAgentsHeaders  = newLiteral(`","request_headers":`)
	knownAgentsStatus   = newLiteral(`,"response_status_code":`)
	knownAgentsResponse = newLiteral(`,"response_headers":`)
	knownAgentsDuration = newLiteral(`,"response_duration_in_milliseconds":`)
)

// appendResponseHeaders appends no object if it would be empty.
func appendResponseHeaders(dst []byte, start int, v *visit.Visit, headers *headerNames) (out []byte, cut bool) {
	if !v.Present.Meets(&visit.ResponseFields) {
		return dst, false
	}
	before := len(dst)
	dst = knownAgentsResponse.appendTo(dst)
	open := len(dst)
	dst, cut = appendMembers(dst, start, v, headers, &visit.ResponseFields)
	if len(dst) == open {
		return dst[:before], cut
	}
	return closeObject(dst, open), cut
}

// knownAgentsAddresses are the headers in which Known Agents looks for the visitor's
// address.
var knownAgentsAddresses = visit.SetOf(
	visit.RequestHeader("remote-addr"), visit.RequestHeader("x-forwarded-for"), visit.RequestHeader("x-real-ip"), visit.RequestHeader("client-ip"),
	visit.RequestHeader("cf-connecting-ip"), visit.RequestHeader("x-cluster-client-ip"), visit.RequestHeader("forwarded"),
	visit.RequestHeader("x-original-forwarded-for"), visit.RequestHeader("fastly-client-ip"), visit.RequestHeader("true-client-ip"),
	visit.RequestHeader("x-appengine-user-ip"),
)

var forwardedForMember = newMember("x-forwarded-for")

// appendRequestHeaders appends the request headers. Those in which Known Agents looks
// for the visitor's address are left out if they do not hold the one that was found,
// because Known Agents could take another visitor for this one. If none holds it, it is
// appended as X-Forwarded-For, unless users remove that header.
func appendRequestHeaders(dst []byte, start int, v *visit.Visit, headers *headerNames) (out []byte, cut bool) {
	if v.ClientIP == "" || !v.Present.Meets(&knownAgentsAddresses) {
		dst, cut = appendMembers(dst, start, v, headers, &visit.RequestFields)
		if v.ClientIP != "" && !v.NoForwardedFor {
			dst, _ = forwardedForMember.append(dst, v.ClientIP, visit.MaxTextBytes, true)
		}
		return dst, cut
	}
	fields, isNamed := visit.RequestFields, false
	for i := range v.Present.Shared(&knownAgentsAddresses) {
		text := v.Text[i]
		if address.IsBest(text[:min(len(text), visit.MaxTextBytes)], v.ClientIP, v.IsPublic) {
			isNamed = true
		} else {
			fields.Remove(i)
		}
	}
	dst, cut = appendMembers(dst, start, v, headers, &fields)
	if !isNamed && !v.NoForwardedFor {
		dst, _ = forwardedForMember.append(dst, v.ClientIP, visit.MaxTextBytes, true)
	}
	return dst, cut
}

// appendMCP appends the fields of a Model Context Protocol call. It leaves out an
// error flag that is not a boolean, and an error code that is not a number of 32 bits,
// as JSON-RPC requires.
func appendMCP(dst []byte, text *[visit.FieldCount]string) (out []byte, cut bool) {
	for i := range mcpMembers {
		m := &mcpMembers[i]
		if text[m.field] != "" {
			var cutOne bool
			dst, cutOne = m.append(dst, text[m.field], visit.MaxNameBytes, false)
			cut = cut || cutOne
		}
	}
	if isError, err := strconv.ParseBool(text[visit.MCPIsError]); err == nil {
		dst = strconv.AppendBool(append(dst, `,"mcp_response_result_is_error":`...), isError)
	}
	if code, err := strconv.ParseInt(text[visit.MCPErrorCode], 10, 32); err == nil {
		dst = strconv.AppendInt(append(dst, `,"mcp_response_error_code":`...), code, 10)
	}
	return dst, cut
}
