// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const startOfLine = `203.0.113.9 - - [04/May/2026:09:15:02 +0000] `

// TestWhatIsNoRefererOrUserAgentIsNotTakenForOne: formats of one's own have other columns
// there.
func TestWhatIsNoRefererOrUserAgentIsNotTakenForOne(t *testing.T) {
	for texts, want := range map[string][2]string{
		`"-" "curl/8.9.1"`:                           {"-", "curl/8.9.1"},
		`"https://chatgpt.com/" "Mozilla/5.0 (X11)"`: {"https://chatgpt.com/", "Mozilla/5.0 (X11)"},
		`"android-app://com.example" "x"`:            {"android-app://com.example", "x"},
		`"-" "-"`:                                    {"-", "-"},
		`"" ""`:                                      {},
		`"-" "Mozilla/5.0 (https://example.com/bot)"`: {"-", "Mozilla/5.0 (https://example.com/bot)"},
		`"/a" "x y"`: {"/a", "x y"},
		`"www.example.com" "https://a.example/" "curl/8"`:                         {},
		`"www.example.com" "-" "curl/8"`:                                          {},
		`"198.51.100.7" "https://a.example/" "curl/8"`:                            {},
		`"198.51.100.7, 10.0.0.1" "-" "curl/8"`:                                   {},
		`"curl/8.9.1" "https://a.example/"`:                                       {},
		`"curl/8.9.1" "-"`:                                                        {},
		`"Mozilla/5.0 (X11)" "198.51.100.7"`:                                      {},
		`"Mozilla/5.0 (X11)" "www.example.com"`:                                   {},
		`"www.example.com" "curl/8"`:                                              {"www.example.com", "curl/8"},
		`"www.example.com" "an-agent" "198.51.100.7"`:                             {"www.example.com", "an-agent"},
		`"-" "www.example.com"`:                                                   {"-", "www.example.com"},
		`"-" "https://a.example/"`:                                                {"-", "https://a.example/"},
		`"-" "198.51.100.7, 10.0.0.1"`:                                            {"-", "198.51.100.7, 10.0.0.1"},
		`"-" "-" "198.51.100.7"`:                                                  {"-", "-"},
		`"curl/8.9.1"`:                                                            {"", "curl/8.9.1"},
		`"Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"`:                         {"", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"},
		`38 "curl/8.9.1"`:                                                         {"", "curl/8.9.1"},
		`"-" "https://example.com/bot" "nginx/1.25"`:                              {"-", "https://example.com/bot"},
		`"https://a.example/" "https://example.com/bot" "Apache/2.4.62 (Debian)"`: {"https://a.example/", "https://example.com/bot"},
		`"-" "https://example.com/bot" "203.0.113.7" "openresty/1.25.3"`:          {"-", "https://example.com/bot"},
		`"-" "https://example.com/bot" "curl/8"`:                                  {},
		`"www.example.com" "https://a.example/" "nginx/1.25"`:                     {},
	} {
		line := startOfLine + `"GET /a HTTP/1.1" 200 512 ` + texts
		e, ok := read(line, time.UTC)
		require.True(t, ok, line)
		assert.Equal(t, want, [2]string{e.Referer, e.UserAgent}, line)
		assert.Empty(t, e.Host, line)
		assert.Equal(t, int64(200), e.Status)
		requireSameReading(t, &Reader{}, line, time.UTC)
	}
	for _, texts := range []string{`"https://chatgpt.com/"`, `"-"`, `"x"`, `"HTTP/1.1"`, `"text/html"`, `"curl/8.9.1" 38`, `"a b/1"`, `"/1"`, `"curl/"`} {
		_, ok := read(startOfLine+`"GET /a HTTP/1.1" 200 512 `+texts, time.UTC)
		assert.False(t, ok, texts)
	}
}

// TestASizeInQuotationMarksIsASize, if what follows it shows that it is no referer.
func TestASizeInQuotationMarksIsASize(t *testing.T) {
	for texts, want := range map[string]bool{
		`200 "512" "-" "curl/8.9.1"`:                          true,
		`200 "512" "https://chatgpt.com/" "curl/8.9.1" 0.038`: true,
		`200 "0"`:                               true,
		`200 "512" "curl/8.9.1"`:                false,
		`200 "512" "curl/8.9.1" "198.51.100.7"`: false,
		`200 "-" "-" "curl/8.9.1"`:              false,
		`200 "" "-" "curl/8.9.1"`:               false,
		`200 "512" "-" "cur`:                    false,
		`200 "512" 38`:                          false,
		`"200" "512" "-" "curl/8.9.1"`:          false,
	} {
		line := startOfLine + `"GET /a HTTP/1.1" ` + texts
		e, ok := read(line, time.UTC)
		assert.Equal(t, want, ok, line)
		if ok && strings.Contains(line, "curl") {
			assert.Equal(t, "curl/8.9.1", e.UserAgent, line)
		}
	}
}

// TestASizeIsNotTakenForTheStatus: nginx' documentation once had the status before the
// request line, and other formats have no size.
func TestASizeIsNotTakenForTheStatus(t *testing.T) {
	for _, rest := range []string{
		`200 "GET /a HTTP/1.1" 512 "-" "curl/8.9.1"`,
		`200 "GET /a HTTP/1.1" 512 "-" "curl/8.9.1" "198.51.100.7"`,
		`200 "GET /a HTTP/1.1" 512 0.038 "-" "curl/8.9.1"`,
		`200 "GET /a HTTP/1.1" 512 38 "-" "curl/8.9.1"`,
		`38ms 200 "GET /a HTTP/1.1" 512 38 "-" "curl/8.9.1"`,
		`"GET /a HTTP/1.1" 200 "-" "curl/8.9.1"`,
		`"GET /a HTTP/1.1" 200 "-" "curl/8.9.1" "198.51.100.7"`,
	} {
		_, ok := read(startOfLine+rest, time.UTC)
		assert.False(t, ok, rest)
	}
}

// TestANumberBeforeTheRequestLineIsNoFault: a port, or how long the response took.
func TestANumberBeforeTheRequestLineIsNoFault(t *testing.T) {
	for _, words := range []string{"www.example.com 443", "443", "150", "200", "404"} {
		e, ok := read(startOfLine+words+` "GET /a HTTP/1.1" 200 512 "-" "curl/8.9.1"`, time.UTC)
		require.True(t, ok, words)
		assert.Equal(t, int64(200), e.Status, words)
		assert.Equal(t, "curl/8.9.1", e.UserAgent, words)
	}
}

func TestTheHostMayStandBeforeTheRequestLine(t *testing.T) {
	for texts, host := range map[string]string{
		`"www.example.com" "GET /a HTTP/1.1"`:      "www.example.com",
		`"www.example.com:8443" "GET /a HTTP/2.0"`: "www.example.com:8443",
	} {
		e, ok := read(startOfLine+texts+` 200 512 "-" "curl/8.9.1"`, time.UTC)
		require.True(t, ok, texts)
		assert.Equal(t, host, e.Host)
		assert.Equal(t, "GET", e.Method)
		assert.Equal(t, "curl/8.9.1", e.UserAgent)
	}
	for _, texts := range []string{`"www.example.com"`, `"www.example.com" "GET /a"`, `"shop" "GET /a HTTP/1.1"`, `"198.51.100.7" "GET /a HTTP/1.1"`, `"a.example" "b.example" "GET /a HTTP/1.1"`} {
		_, ok := read(startOfLine+texts+` 200 512 "-" "curl/8.9.1"`, time.UTC)
		assert.False(t, ok, texts)
	}
}

// TestAGatewaysResourceStandsForThePath: API Gateway names it in the formats that its console
// offers.
func TestAGatewaysResourceStandsForThePath(t *testing.T) {
	for _, target := range []string{"/pets", "/pets/7", "/pets/{id}", "/{proxy+}", "/a{b}", "/{", "/{}"} {
		for _, line := range []string{
			`203.0.113.9 - - [04/May/2026:09:15:02 +0000]"GET ` + target + ` HTTP/1.1" 200 512 c6af9ac6-7b61-11e6 d1x=`,
			`203.0.113.9,-,-,04/May/2026:09:15:02 +0000,GET,` + target + `,HTTP/1.1,200,512,c6af9ac6-7b61-11e6,d1x=`,
			`203.0.113.9,-,-,04/May/2026:09:15:02 +0000,GET,` + target + `,HTTP/1.1,200,512,c6af9ac6-7b61-11e6`,
		} {
			e, ok := read(line, time.UTC)
			require.True(t, ok, line)
			assert.Equal(t, int64(200), e.Status, line)
			assert.Equal(t, "203.0.113.9", e.Client, line)
			assert.NotZero(t, e.End, line)
		}
	}
	// A format that names the path.
	for path, isRead := range map[string]bool{"/x,HTTP/1.1,404,1,y": false, "/x,HTTP/1.1,404,1": false, "/x,GET,/y": true, `/x"`: true} {
		e, ok := read(`203.0.113.9,-,-,04/May/2026:09:15:02 +0000,GET,`+path+`,HTTP/1.1,200,512,c6af9ac6-7b61-11e6`, time.UTC)
		require.Equal(t, isRead, ok, path)
		assert.True(t, !ok || e.Target == path && e.Status == 200, path)
	}
}

// TestAnOnlyCaptureOfHAProxyIsAUserAgentIfItHasThatForm: which headers are captured only the
// user knows.
func TestAnOnlyCaptureOfHAProxyIsAUserAgentIfItHasThatForm(t *testing.T) {
	for captures, want := range map[string]string{
		`{Mozilla/5.0 (X11; Linux x86_64)}`:         "Mozilla/5.0 (X11; Linux x86_64)",
		`{GPTBot/1.2 (+https://openai.com/gptbot)}`: "GPTBot/1.2 (+https://openai.com/gptbot)",
		`{curl/8.9.1}`:                        "",
		`{nginx/1.24.0}`:                      "",
		`{www.example.com}`:                   "",
		`{}`:                                  "",
		`{Mozilla/5.0 (X11)|www.example.com}`: "",
		`{Mozilla/5.0 (X11)} {text/html}`:     "",
		`{Mozilla/5.0 #22x#22}`:               "",
		`{text/html}`:                         "",
		`{https://example.com/Mozilla/5.0}`:   "",
		`{x} Mozilla/5.0`:                     "",
	} {
		e, ok := read(`203.0.113.9:4711 [04/May/2026:09:15:02.120] in~ shop/web1 1/0/7/30/38 200 5 - - ---- 1/1/1/1/0 0/0 `+captures+` "GET /a HTTP/1.1"`, time.UTC)
		require.True(t, ok, captures)
		assert.Equal(t, want, e.UserAgent, captures)
		assert.Empty(t, e.Host, captures)
	}
}
