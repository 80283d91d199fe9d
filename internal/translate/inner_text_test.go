// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestALineMayStandUnderAnyNameOfAText(t *testing.T) {
	const line = `203.0.113.9 - - [04/May/2026:09:15:02 +0000] \"GET /a?b=c HTTP/1.1\" 200 512 \"-\" \"x\"`
	for _, key := range []string{"body", "text", "content", "data"} {
		v, skip := translateText(`{"time":"2026-05-04T09:20:00Z","host":"web-1","level":"info","` + key + `":"` + line + `"}`)
		require.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip], key)
		assert.Equal(t, "/a?b=c 203.0.113.9 x", fmt.Sprintf("%s?%s %s %s", v.Path, v.Query, v.ClientIP, v.UserAgent), key)
		for _, beside := range []string{`"status":200`, `"path":"/comments"`, `"client_ip":"203.0.113.9"`, `"message":"comment saved"`, `"http.request.header.host":"www.example.com"`} {
			_, skip = translateText(`{` + beside + `,"` + key + `":"` + line + `"}`)
			assert.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip], "a text of a visitor: "+key+beside)
		}
		_, skip = translateText(`{"` + key + `":"{\"method\":\"GET\",\"path\":\"/a\",\"status\":200,\"user_agent\":\"x\"}"}`)
		assert.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip], "JSON of anything: "+key)
	}
	_, skip := translateText(`{"method":"POST","path":"/a","status":200,"user_agent":"x","body":"sending you a call"}`)
	assert.Equal(t, visit.NotSkipped, skip, "what a visitor wrote is no message")
}

func TestRequestsAreReadUnderFurtherKeys(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a verb in a map":          {`{"http":{"verb":"GET","target":"/a","status":200,"user_agent":"x"}}`, "www? /a 200"},
		"a target and its answer":  {`{"http":{"request":{"method":"GET","target":"/a"},"response":{"status":200}},"client":{"ip":"203.0.113.9"}}`, "www? /a 200"},
		"a path with its query":    {`{"Method":"GET","PathAndQuery":"/a?b=c","StatusCode":200}`, "www? /a 200"},
		"a gateway's own host":     {`{"properties":{"httpMethod":"GET","requestUri":"/a","httpStatus":200,"host":"10.0.0.4","originalHost":"www.example.com"}}`, "www.example.com /a 200"},
		"a distribution's host":    {`{"cs-method":"GET","cs-uri-stem":"/a","sc-status":"200","x-host-header":"d1.cloudfront.net","cs-host":"www.example.com"}`, "www.example.com /a 200"},
		"an inner name of a host":  {`{"req":{"method":"GET","url":"/a","hostname":"www.example.com"},"res":{"statusCode":200}}`, "www.example.com /a 200"},
		"a host of Elastic's keys": {`{"http.request.method":"GET","url.path":"/a","http.response.status_code":200,"server.domain":"www.example.com"}`, "www.example.com /a 200"},
	} {
		t.Run(name, func(t *testing.T) {
			v, skip := translateText(c.text)
			require.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip])
			host := v.Host
			if host == "" {
				host = "www?"
			}
			assert.Equal(t, c.want, fmt.Sprintf("%s %s %d", host, v.Path, v.Status))
		})
	}
}

func TestADurationIsInTheUnitOfItsKeyItsProducerOrItsForm(t *testing.T) {
	const ms = time.Millisecond
	for pair, want := range map[string]time.Duration{
		`"elapsed_us":38000`: 38 * ms, `"latencyMicros":38000`: 38 * ms, `"took_ns":38000000`: 38 * ms, `"request_time_seconds":0.038`: 38 * ms,
		`"processTimeMs":38`: 38 * ms, `"took":38000000`: 38 * ms, `"requestDuration":0.038`: 38 * ms,
		`"Duration":38.0`: visit.UnknownDuration, `"Duration":38.25`: 38250 * time.Microsecond, `"Duration":38000000`: 38 * ms,
		`"TimeTaken":0.038`: 38 * ms, `"TimeTaken":38`: 38 * ms, `"TimeTaken":2.5`: 2500 * ms,
	} {
		v, skip := translateText(`{"method":"GET","path":"/a","status":200,` + pair + `}`)
		require.Equal(t, visit.NotSkipped, skip)
		assert.Equal(t, want, v.Duration, pair)
	}
}
