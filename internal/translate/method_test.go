// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestARecordOfARequestHasAMethodAndAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		attributes map[string]any
		method     string // empty: the record is not that of a request
	}{
		"all keys":                             {map[string]any{"request_method": "GET", "request_uri": "/a", "status": 200}, "GET"},
		"a method in lower case":               {map[string]any{"request_method": "get", "request_uri": "/a", "status": 200}, "GET"},
		"the request line":                     {map[string]any{"request": "HEAD /a HTTP/1.1", "status": 200}, "HEAD"},
		"the request line's key with a target": {map[string]any{"request": "/a", "request_method": "POST", "status": 200}, "POST"},
		"a target and no method":               {map[string]any{"request": "/a", "status": 200}, ""},
		"an empty request line":                {map[string]any{"request": " ", "status": 200}, ""},
		"a method that is none":                {map[string]any{"request_method": "GRAPHQL:query", "request_uri": "/a", "status": 200}, ""},
		"no status":                            {map[string]any{"request_method": "GET", "request_uri": "/a", "http_user_agent": "x"}, ""},
		"a visitor who left":                   {map[string]any{"request_method": "GET", "request_uri": "/a", "status": 0, "http_user_agent": "x"}, "GET"},
		"a status of 0 alone":                  {map[string]any{"request_method": "GET", "request_uri": "/a", "status": 0}, ""},
		"a status that is a word":              {map[string]any{"request_method": "GET", "request_uri": "/a", "status": "ok", "http_user_agent": "x"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			record := plog.NewLogRecord()
			require.NoError(t, record.Attributes().FromRaw(c.attributes))
			v, skip := translation.New(translate.Config{}).LogRecord(record)
			if c.method == "" {
				assert.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip])
				return
			}
			require.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip])
			assert.Equal(t, c.method, v.Method)
			assert.Equal(t, "/a", v.Path)
		})
	}
}

// TestACallOutOfAMeshHasNoHeaderThatNamesAnAddress: a gateway that passes requests to a host
// outside of Kubernetes has one, whichever its proxies write.
func TestACallOutOfAMeshHasNoHeaderThatNamesAnAddress(t *testing.T) {
	skipOf := func(cluster, header, text string) string {
		record := plog.NewLogRecord()
		require.NoError(t, record.Attributes().FromRaw(map[string]any{
			"method": "GET", "path": "/a", "response_code": 200, "user_agent": "x/1", "upstream_cluster": cluster,
			"downstream_remote_address": "10.0.0.5:4711", "http.request.header." + header: text,
		}))
		_, skip := translation.New(translate.Config{}).LogRecord(record)
		return visit.SkipReasons[skip]
	}
	const outside, passed = "outbound|443||shop.example.net", "PassthroughCluster"
	visitOf, callOf := visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[visit.SkipNotAccessLog]
	for field := visit.ForwardedFor; field <= visit.ViewerAddress; field++ {
		header := visit.RequestHeaders[field-visit.FirstRequestHeader]
		text := "10.1.2.3"
		if field == visit.Forwarded {
			text = "for=10.1.2.3"
		}
		assert.Equal(t, visitOf, skipOf(outside, header, text), header)
		assert.Equal(t, callOf, skipOf(outside, header, "-"), header)
		assert.Equal(t, callOf, skipOf(passed, header, text), header)
	}
	assert.Equal(t, callOf, skipOf(outside, "via", "1.1 proxy"))
}
