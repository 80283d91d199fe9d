// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestKeysThatUsersNameTakePrecedence(t *testing.T) {
	m := New(map[string][]string{"method": {"verb", "my.method"}, "duration_us": {"took"}})
	assert.Equal(t, Mapping{Field: visit.Method, Precedence: FromOwnKey, IsText: true}, m["verb"], "a built-in key moves up")
	assert.Equal(t, Mapping{Field: visit.Method, Precedence: FromOwnKey + 1, IsText: true}, m["my.method"])
	assert.Equal(t, Mapping{Field: visit.Duration, Precedence: FromOwnKey, Unit: time.Microsecond}, m["took"])
	assert.Equal(t, FromBuiltinKey, m["http.request.method_original"].Precedence)
}

func TestAKeyIsFoundInEverySpelling(t *testing.T) {
	for _, key := range []string{"http.request.header.x-real-ip", "http.request.header.x_real_ip", "http.request.header.X-Real-Ip", "http_x_real_ip"} {
		m, known := Find(Builtin, key)
		assert.Equal(t, visit.RequestHeader("x-real-ip"), m.Field, key)
		assert.Equal(t, key, known)
	}
}

func TestSignsOfAProducerOutliveTheirField(t *testing.T) {
	unused := visit.SetOf(visit.Host)
	m := New(nil).without(&unused)
	assert.NotContains(t, m, "http.host")
	assert.Equal(t, "CloudFront access log", Sources[m["x-host-header"].Source].name)
	assert.Equal(t, Mapping{Source: m["x-host-header"].Source}, m["x-host-header"])
}

func TestHeadersThatUsersNameAreFound(t *testing.T) {
	m := New(nil).WithHeaders([]string{"x-tier"}, []string{"x-cache"})
	assert.Equal(t, visit.FirstAddedRequest, m["http.request.header.x-tier"].Field)
	assert.Equal(t, visit.FirstAddedResponse, m["http.response.header.x-cache"].Field)
}

func TestEveryKeyHasAPrecedenceBetterThanPoorValues(t *testing.T) {
	for key, a := range New(nil) {
		if a.Field != visit.NoField {
			assert.True(t, a.Precedence >= FromBuiltinKey && a.Precedence < fromRespeltKey-1, key)
		}
		assert.Equal(t, key, strings.TrimSpace(key))
	}
}

// BenchmarkFind shows what a key costs that is known, that is known in another
// spelling, and that is not.
func BenchmarkFind(b *testing.B) {
	for name, keys := range map[string][]string{
		"known":     {"http.request.method", "url.path", "status", "http.request.header.x-forwarded-for"},
		"respelt":   {"Http.Request.Method", "urlPath", "Status", "HttpRequestHeaderXForwardedFor"},
		"unknown":   {"network.protocol.version", "db.system.name", "app.checkout.step_7.label", "thread.id"},
		"alike":     {"upstream_response_time", "request_length", "http.response.body.size", "request_id"},
		"very long": {"http." + strings.Repeat("request.", 10_000) + "method"},
	} {
		b.Run("key="+name, func(b *testing.B) {
			for b.Loop() {
				for _, key := range keys {
					Find(Builtin, key)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(keys)), "ns/key")
		})
	}
}
