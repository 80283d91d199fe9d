// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCEFAndLEEFGiveTheUsualKeys(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want map[string]string
	}{
		"a label after its number": {
			`CEF:0|F5|ASM|16.1|7|Web\|x|5|src=203.0.113.9 requestMethod=GET request=/a?b\=c d cn1=404 cn1Label=response_code`,
			map[string]string{"remote_addr": "203.0.113.9", "request_method": "GET", "request_url": "/a?b=c d", "status": "404"},
		},
		"F5, which writes N/A for a user that there is not": {
			`ASM:CEF:0|F5|ASM|16.1.3|Successful Request|Successful Request|2|cn1=200 cn1Label=response_code src=203.0.113.9 requestMethod=GET msg=N/A suid=4b19 suser=N/A cn2=0 cn2Label=violation_rating request=/a cs3Label=full_request cs3=GET /a HTTP/1.1\r\nHost: www.example.com\r\n`,
			map[string]string{"remote_addr": "203.0.113.9", "request_method": "GET", "request_url": "/a", "status": "200"},
		},
		"a label before its number, behind syslog": {
			`<14>May  4 09:15:02 web1 CEF:0|A|B|1|7|x|5|cn2Label=HTTP Status Code cn2=404 src=203.0.113.9 requestMethod=GET rt=May 04 2026 09:15:02 request=https://www.example.com/a`,
			map[string]string{"remote_addr": "203.0.113.9", "request_method": "GET", "timestamp": "2026-05-04T09:15:02", "request_url": "https://www.example.com/a", "status": "404"},
		},
		"LEEF 2 with a separator of its own": {
			`LEEF:2.0|A|B|1|7|^|src=203.0.113.9^requestMethod=GET^url=www.example.com/a^outcome=404^userAgent=curl/8.9.1 x`,
			map[string]string{"remote_addr": "203.0.113.9", "request_method": "GET", "request_url": "http://www.example.com/a", "status": "404", "http_user_agent": "curl/8.9.1 x"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			pairs, ok := NewSIEM(c.line)
			assert.True(t, ok)
			got := map[string]string{}
			for _, pair := range pairs {
				got[pair[0]] = pair[1]
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestWhatIsNoRequestToASiteGivesNoPairs(t *testing.T) {
	const request = ` requestMethod=GET request=/a src=203.0.113.9 outcome=200`
	for _, line := range []string{
		`CEF:0|A|B|1|7|x|5|suser=alice` + request,
		`CEF:0|A|B|1|7|x|5|cat=News` + request,
		`CEF:0|A|B|1|7|x|5|deviceDirection=1` + request,
		`CEF:0|A|B|1|7|x|5|src=10.0.0.5 requestMethod=GET request=/a outcome=200`,
		`CEF:0|A|B|1|7|x|5|src=203.0.113.9 requestMethod=GET request=/a outcome=failure`,
		`CEF:0|A|B|1|7|x|5|src=203.0.113.9 requestMethod=GET request=/a cn1=200 cn1Label=bytes`,
		`LEEF:1.0|A|B|1|7|`,
	} {
		pairs, ok := NewSIEM(line)
		assert.True(t, ok, line)
		assert.Empty(t, pairs, line)
	}
	for _, line := range []string{"", "EF:", "CEF:0|A", "a message of CEF", `DEF:0|A|B|1|7|x|5|a=b`} {
		_, ok := NewSIEM(line)
		assert.False(t, ok, line)
	}
}

// TestAPathOfAMillionEqualsSignsIsRead takes minutes if more than one look is taken at each sign.
// A visitor may ask for such a path.
func TestAPathOfAMillionEqualsSignsIsRead(t *testing.T) {
	path := "/" + strings.Repeat("=", 1<<20)
	pairs, ok := NewSIEM("CEF:0|Imperva|WAF|1|1|x|1|src=203.0.113.9 request=" + path + " requestMethod=GET cn1=200")
	assert.True(t, ok)
	assert.Contains(t, pairs, [2]string{"request_url", path})
}
