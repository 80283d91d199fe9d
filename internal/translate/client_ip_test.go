// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

func TestNearestProxyNamesTheClient(t *testing.T) {
	for want, attributes := range map[string]map[string]any{
		"203.0.113.9":  {},
		"198.51.100.1": {"http.request.header.cf-connecting-ip": []any{"198.51.100.1"}},
		"198.51.100.2": {"http.request.header.cloudfront-viewer-address": "198.51.100.2:40112"},
		"2001:db8::3":  {"http.request.header.cloudfront_viewer_address": "2001:db8:0:0:0:0:0:3:40112"},
		"198.51.100.4": {"client.address": "10.0.0.7", "http.request.header.x_forwarded_for": []any{"198.51.100.4", "10.0.0.7"}},
		"198.51.100.5": {"client.address": "", "http.request.header.forwarded": "for=198.51.100.5;proto=https"},
		"198.51.100.6": {"client.address": "", "network.peer.address": "198.51.100.6"},
		"10.0.0.7":     {"client.address": "unknown"},
	} {
		v, _ := translation.One(translate.Config{}, attributes)
		assert.Equal(t, want, v.ClientIP)
	}
}
