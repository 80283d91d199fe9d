// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScrunchChecksEachField(t *testing.T) {
	const (
		badURL     = "url: must be an absolute http or https URL"
		noHost     = "url: must have a host"
		badDomain  = "domain: must be a bare host name, such as example.com"
		otherPath  = "path: must be the path of url"
		badSeconds = "timestamp: must be Unix seconds with at most 3 decimals and no exponent"
		badYear    = "timestamp: must be Unix seconds from the year 2000 to 2100 (not milliseconds or nanoseconds)"
		badIP      = "ip: must be a bare IP address"
	)
	checkRules(t, Scrunch, []rule{
		{"domain", `"www.example.com"`, ""},
		{"domain", `"2001:db8::7"`, ""},
		{"domain", `""`, "domain: must not be empty"},
		{"domain", `"https://example.com"`, badDomain},
		{"domain", `"example.com:8080"`, "domain: must not have a port"},
		{"domain", `null`, "domain: must be a string"},
		{"domain", "", "domain: is required"},

		{"user_agent", `"Mözilla\\"`, ""},
		{"user_agent", `" "`, "user_agent: must not be empty"},
		{"user_agent", `"a\u0007"`, "user_agent: must not have control characters"},
		{"user_agent", "", "user_agent: is required"},

		{"url", `"http://[2001:db8::7]:8080/guides/llamas"`, ""},
		{"url", `"https://example.com/guides/ll%61mas?a=%zz"`, ""},
		{"url", `"https://example.com/guides/llamas?next=https://a@b/"`, ""},
		{"url", `"/guides/llamas"`, badURL},
		{"url", `"//example.com/guides/llamas"`, badURL},
		{"url", `"ftp://example.com/guides/llamas"`, badURL},
		{"url", `"https:///guides/llamas"`, noHost},
		{"url", `"https://:443/guides/llamas"`, noHost},
		{"url", `"https://u:p@example.com/guides/llamas"`, "url: must not have user info"},
		{"url", `"https://example.com/guides/llamas#a"`, "url: must not have a fragment"},
		{"url", `"https://example.com/other"`, otherPath},
		{"url", `"https://example.com?q=/guides/llamas"`, otherPath},
		{"url", "", "url: is required"},

		{"path", `"/guides/%6clamas"`, ""},
		{"path", `"/guides/llamas/"`, otherPath},
		{"path", `"/guides/llamas%"`, otherPath},
		{"path", `"guides/llamas"`, "path: must start with /"},
		{"path", `"/guides/llamas?q=1"`, "path: must not have a query or fragment"},
		{"path", "", "path: is required"},

		{"method", `"PURGE"`, ""},
		{"method", `"Get"`, "method: must be a method in upper case, such as GET"},
		{"method", "", "method: is required"},

		{"status_code", `100`, ""},
		{"status_code", `600`, "status_code: must be from 100 to 599"},
		{"status_code", `"200"`, "status_code: must be a number"},
		{"status_code", `200.0`, "status_code: must be an integer"},
		{"status_code", "", "status_code: is required"},

		{"timestamp", `1777886102`, ""},
		{"timestamp", `1777886102.004`, ""},
		{"timestamp", `946684800`, ""},
		{"timestamp", `946684799.999`, badYear},
		{"timestamp", `4102444800`, badYear},
		{"timestamp", `1777886102120`, badYear},
		{"timestamp", `1777886102120000000`, badYear},
		{"timestamp", `9999999999999999999`, badYear},
		{"timestamp", `1777886102.1204`, badSeconds},
		{"timestamp", `1.777886102e9`, badSeconds},
		{"timestamp", `-1`, badSeconds},
		{"timestamp", `"1777886102"`, "timestamp: must be a number"},
		{"timestamp", "", "timestamp: is required"},

		{"response_time", `0`, ""},
		{"response_time", "", ""},
		{"response_time", `-5`, "response_time: must be from 0 to 604800000"},
		{"response_time", `1.5`, "response_time: must be an integer"},
		{"response_time", `null`, "response_time: must be a number"},

		{"ip", `"2001:db8::7"`, ""},
		{"ip", "", ""},
		{"ip", `""`, badIP},
		{"ip", `"192.0.2.10:443"`, badIP},
		{"ip", `"[2001:db8::7]"`, badIP},
		{"ip", `"fe80::1%eth0"`, badIP},
		{"ip", `"192.0.2.10, 192.0.2.11"`, badIP},

		{"referer", `"https://example.org/"`, `"referer": is not a field of this API`},
	})
}

func TestScrunchAcceptsOnlyOneObjectPerLine(t *testing.T) {
	const notAnObject = "the line must be one JSON object and nothing else"
	for name, row := range map[string]struct{ body, reason string }{
		"empty":                    {"", "the body holds no visit"},
		"no last newline":          {scrunchLine, "the last line must end with a newline"},
		"array":                    {"[" + scrunchLine + "]\n", "visit[0]: " + notAnObject},
		"comma":                    {scrunchLine + ",\n" + scrunchBody, "visit[0]: " + notAnObject},
		"blank line":               {scrunchBody + "\n" + scrunchBody, "visit[1]: the line is blank"},
		"blank last line":          {scrunchBody + "\n", "visit[1]: the line is blank"},
		"CR LF":                    {scrunchLine + "\r\n", "visit[0]: " + notAnObject},
		"byte order mark":          {"\xef\xbb\xbf" + scrunchBody, "visit[0]: " + notAnObject},
		"two objects on a line":    {scrunchLine + scrunchLine + "\n", "visit[0]: the line is not valid JSON"},
		"newline within an object": {strings.Replace(scrunchBody, ",", ",\n", 1), "visit[0]: " + notAnObject},
		"null":                     {"null\n", "visit[0]: " + notAnObject},
		"duplicate key":            {strings.Replace(scrunchBody, "{", `{"ip":"192.0.2.1",`, 1), `visit[0]: has the key "ip" twice`},
		"not UTF-8":                {strings.Replace(scrunchBody, "Example", "\xe9", 1), "the body is not valid UTF-8"},
		"low surrogate":            {strings.Replace(scrunchBody, "Example", `\udc00`, 1), "byte 38: has half of a surrogate pair"},
	} {
		t.Run(name, func(t *testing.T) {
			api := New(Settings{})
			got := post(t, api, Scrunch, row.body)
			require.Equal(t, http.StatusUnprocessableEntity, got.status, got.body)
			require.Equal(t, row.reason, got.reason(t))
			require.Empty(t, api.Visits(Scrunch))
		})
	}
}

func TestAScrunchVisitIsDecodedInFull(t *testing.T) {
	api := New(Settings{})
	second := strings.Replace(scrunchLine, "1777886102.12", "1777886103", 1)
	require.Equal(t, http.StatusOK, post(t, api, Scrunch, scrunchBody+second+"\n").status)

	visits, duration := api.ScrunchVisits(), 38
	require.Len(t, visits, 2)
	require.Equal(t, ScrunchVisit{
		Domain: "example.com", UserAgent: "ExampleBot/1.0", URL: "https://example.com/guides/llamas?q=1", Path: "/guides/llamas",
		Method: "GET", StatusCode: 200, Timestamp: "1777886102.12", ResponseTime: &duration, IP: "192.0.2.10",
	}, visits[0])
	assert.Equal(t, time.UnixMilli(1777886102120).UTC(), visits[0].Time())
	assert.Equal(t, time.Unix(1777886103, 0).UTC(), visits[1].Time())
	assert.Equal(t, scrunchLine, string(api.Visits(Scrunch)[0].Raw))
}

func TestAURLWithoutAPathMatchesTheRootPath(t *testing.T) {
	body := edited(t, scrunchLine, edit{"url", `"https://example.com?q=1"`}, edit{"path", `"/"`}) + "\n"
	require.Equal(t, http.StatusOK, post(t, New(Settings{}), Scrunch, body).status)
}
