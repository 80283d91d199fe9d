// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// KnownAgentsVisit is a visit in the form of the Known Agents API. If an optional field
// is absent, a number or boolean is nil and a string is empty.
type KnownAgentsVisit struct {
	RequestPath                    string            `json:"request_path"` // with the query
	RequestMethod                  string            `json:"request_method"`
	RequestHeaders                 map[string]string `json:"request_headers"`
	ResponseStatusCode             *int              `json:"response_status_code"`
	ResponseHeaders                map[string]string `json:"response_headers"`
	ResponseDurationInMilliseconds *int              `json:"response_duration_in_milliseconds"`
	Created                        string            `json:"created"` // as sent; see Time
	MCPRequestMethod               string            `json:"mcp_request_method"`
	MCPRequestToolName             string            `json:"mcp_request_tool_name"`
	MCPRequestClientInfoName       string            `json:"mcp_request_client_info_name"`
	MCPRequestClientInfoVersion    string            `json:"mcp_request_client_info_version"`
	MCPResponseResultIsError       *bool             `json:"mcp_response_result_is_error"`
	MCPResponseErrorCode           *int              `json:"mcp_response_error_code"`
	MCPResponseErrorMessage        string            `json:"mcp_response_error_message"`
	ACPResponseBody                json.RawMessage   `json:"acp_response_body"`
	UCPResponseBody                json.RawMessage   `json:"ucp_response_body"`
}

// createdLayout is the format of JavaScript's toISOString, which the vendor's SDK uses.
const createdLayout = "2006-01-02T15:04:05.000Z"

// Time is the time of the visit, or zero if created is absent.
func (v KnownAgentsVisit) Time() time.Time {
	t, err := time.Parse(createdLayout, v.Created)
	if err != nil {
		return time.Time{}
	}
	return t
}

// knownAgentsSchema follows the vendor's REST documentation and the types of its SDK.
var knownAgentsSchema = schema{
	"request_path":                      {required: true, check: text(oneLine, requestPath)},
	"request_method":                    {required: true, check: text(upperToken)},
	"request_headers":                   {required: true, check: headers},
	"response_status_code":              {check: statusCode},
	"response_headers":                  {check: headers},
	"response_duration_in_milliseconds": {check: milliseconds},
	"created":                           {check: text(created)},
	"mcp_request_method":                {check: text(headerText)},
	"mcp_request_tool_name":             {check: text(headerText)},
	"mcp_request_client_info_name":      {check: text(headerText)},
	"mcp_request_client_info_version":   {check: text(headerText)},
	"mcp_response_result_is_error":      {check: boolean},
	// Error codes of JSON-RPC are negative.
	"mcp_response_error_code":    {check: integer(math.MinInt32, math.MaxInt32)},
	"mcp_response_error_message": {check: text()},
	"acp_response_body":          {check: object},
	"ucp_response_body":          {check: object},
}

// deniedHeaders are the headers that the vendor's SDK never sends.
var deniedHeaders = []string{
	"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "apikey",
	"x-auth-token", "x-access-token", "x-id-token", "x-refresh-token", "x-session-token", "session-token",
	"csrf-token", "x-csrf-token", "xsrf-token", "x-xsrf-token", "x-amz-security-token", "x-goog-api-key",
	"x-client-secret", "client-secret", "private-token",
}

func authorizeKnownAgents(settings Settings, r *http.Request) (site string, err error) {
	token, ok := strings.CutPrefix(credential(r.Header, "Authorization"), "Bearer ")
	site, isKnown := settings.Sites[Credentials{AccessToken: token}]
	switch {
	case !ok || !wellFormed(token):
		return "", refuse(http.StatusUnauthorized, "the header Authorization must be: Bearer <access token>")
	case len(settings.Sites) > 0 && !isKnown:
		return "", refuse(http.StatusUnauthorized, "the access token belongs to no project")
	case len(settings.Sites) == 0 && settings.AccessToken != "" && token != settings.AccessToken:
		return "", refuse(http.StatusUnauthorized, "the access token belongs to another project")
	default:
		return site, nil
	}
}

// decodeKnownAgents decodes an array of visits. The vendor also takes a single object,
// but the exporter promises always to send an array, so an object is a fault here.
func decodeKnownAgents(body []byte) ([]Visit, error) {
	if err := checkText(body); err != nil {
		return nil, err
	}
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '[' {
		return nil, errors.New("the body must be a JSON array of visits")
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(body, &raws); err != nil {
		return nil, fmt.Errorf("the body is not valid JSON: %w", err)
	}
	if len(raws) == 0 {
		return nil, errors.New("the array holds no visit")
	}
	visits := make([]Visit, 0, len(raws))
	for i, raw := range raws {
		visit, err := decodeKnownAgentsVisit(raw)
		if err != nil {
			return nil, fmt.Errorf("visit[%d]: %w", i, err)
		}
		visits = append(visits, Visit{Destination: KnownAgents, Raw: raw, KnownAgents: visit})
	}
	return visits, nil
}

func decodeKnownAgentsVisit(raw json.RawMessage) (*KnownAgentsVisit, error) {
	fields, err := decodeObject(raw)
	if err != nil {
		return nil, err
	}
	if err := knownAgentsSchema.check(fields); err != nil {
		return nil, err
	}
	visit := &KnownAgentsVisit{}
	return visit, json.Unmarshal(raw, visit)
}

// requestPath requires a path, with or without a query.
func requestPath(s string) error {
	switch {
	case !strings.HasPrefix(s, "/"):
		return errors.New("must start with / (a path with its query, no scheme or host)")
	case strings.Contains(s, "#"):
		return errors.New("must not have a fragment")
	default:
		return nil
	}
}

// created requires exactly the format of the vendor's SDK.
func created(s string) error {
	t, err := time.Parse(createdLayout, s)
	if err != nil || t.Format(createdLayout) != s {
		return errors.New("must be a UTC time with milliseconds, such as 2026-05-04T09:15:02.120Z")
	}
	return nil
}

// headers requires an object of lower-case header names and strings, without
// credentials.
func headers(value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return errors.New("must be an object")
	}
	for _, name := range sortedKeys(object) {
		if !isToken(name) || name != strings.ToLower(name) {
			return errors.New("has a name that is not a lower-case header name")
		}
		if slices.Contains(deniedHeaders, name) {
			return fmt.Errorf("must not have the credential header %s", name)
		}
		if err := text(headerText)(object[name]); err != nil {
			return fmt.Errorf("%s: %w", shortQuote(name), err)
		}
	}
	return nil
}
