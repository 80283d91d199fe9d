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
	for name, c := range map[string]struct {
		attributes map[string]any
		want       string
	}{
		"the server's own finding, without a proxy": {map[string]any{}, "203.0.113.9"},
		"a CDN's header":                            {map[string]any{"http.request.header.cf-connecting-ip": []any{"198.51.100.1"}}, "198.51.100.1"},
		"a CDN's header with a port":                {map[string]any{"http.request.header.cloudfront-viewer-address": "198.51.100.2:40112"}, "198.51.100.2"},
		"a CDN's header with an IPv6 address":       {map[string]any{"http.request.header.cloudfront_viewer_address": "2001:db8:0:0:0:0:0:3:40112"}, "2001:db8::3"},
		"the chain, if the server found a private":  {map[string]any{"client.address": "10.0.0.7", "http.request.header.x_forwarded_for": []any{"198.51.100.4", "10.0.0.7"}}, "198.51.100.4"},
		"a Forwarded header":                        {map[string]any{"client.address": "", "http.request.header.forwarded": "for=198.51.100.5;proto=https"}, "198.51.100.5"},
		"the peer, if nothing else is known":        {map[string]any{"client.address": "", "network.peer.address": "198.51.100.6"}, "198.51.100.6"},
		"a public peer before a private client":     {map[string]any{"client.address": "10.0.0.8", "network.peer.address": "198.51.100.6"}, "198.51.100.6"},
		"a private peer, if nothing else is known":  {map[string]any{"client.address": "unknown"}, "10.0.0.7"},
		"a private address in a header before that": {map[string]any{"client.address": "", "http.request.header.x-real-ip": "10.0.0.8"}, "10.0.0.8"},
		"the address of a socket":                   {map[string]any{"client.address": "socket://198.51.100.7:51234"}, "198.51.100.7"},
		"not a header that visitors write":          {map[string]any{"client.address": "", "network.peer.address": "198.51.100.6", "http.request.header.client-ip": "192.0.2.1"}, "198.51.100.6"},
		"such a header, if nothing else is public":  {map[string]any{"client.address": "", "http.request.header.x-cluster-client-ip": "198.51.100.8"}, "198.51.100.8"},
		"not a text in a header that is no address": {map[string]any{"client.address": "", "network.peer.address": "198.51.100.6", "http.request.header.x-forwarded-for": "localhost:8080", "http.request.header.x-real-ip": "_", "http.request.header.forwarded": "host=192.0.2.1"}, "198.51.100.6"},
		"a public chain before a private X-Real-IP": {map[string]any{"client.address": "", "http.request.header.x-real-ip": "10.0.0.8", "http.request.header.x-forwarded-for": "198.51.100.9"}, "198.51.100.9"},
	} {
		t.Run(name, func(t *testing.T) {
			v, _ := translation.Span(translate.Config{}, c.attributes)
			assert.Equal(t, c.want, v.ClientIP)
		})
	}
}
