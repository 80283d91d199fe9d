// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

func TestAHostOfTheServersOwnNetworkComesLast(t *testing.T) {
	for name, c := range map[string]struct {
		attributes map[string]any
		want       string
	}{
		"another key has a public host":  {map[string]any{"server.address": "10.1.0.4:8000", "http.server_name": "www.example.com"}, "www.example.com"},
		"there is no other host":         {map[string]any{"server.address": "10.1.0.4:8000"}, "10.1.0.4:8000"},
		"the Host header is public":      {map[string]any{"server.address": "localhost", "http.request.header.host": "Shop.Example.COM:443"}, "shop.example.com"},
		"a port of its own stays":        {map[string]any{"http.request.header.host": []any{"shop.example.com:8443"}}, "shop.example.com:8443"},
		"an IPv6 address with a port":    {map[string]any{"server.address": "", "http.host": "[2001:db8::1]:8080"}, "[2001:db8::1]:8080"},
		"the first of forwarded hosts":   {map[string]any{"http.request.header.x-forwarded-host": "a.example.com, b.example.com"}, "a.example.com"},
		"the host of a Forwarded header": {map[string]any{"http.request.header.forwarded": `for=203.0.113.9;host="b.example.com";proto=https`}, "b.example.com"},
		"nginx' default server is none":  {map[string]any{"server.address": "_", "net.host.name": "c.example.com"}, "c.example.com"},
		"a pattern of nginx' is none":    {map[string]any{"server.address": "~^www"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, _ := translation.One(translate.Config{}, c.attributes)
			assert.Equal(t, c.want, v.Host)
		})
	}
}
