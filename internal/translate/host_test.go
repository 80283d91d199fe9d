// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestHostOfTheServersOwnNetworkComesLast(t *testing.T) {
	for name, c := range map[string]struct {
		attributes map[string]any
		want       string
	}{
		"another key has a public host":  {map[string]any{"server.address": "10.1.0.4:8000", "http.server_name": "www.example.com"}, "www.example.com"},
		"there is no other host":         {map[string]any{"server.address": "10.1.0.4:8000"}, "10.1.0.4:8000"},
		"the Host header is public":      {map[string]any{"server.address": "localhost", "http.request.header.host": "Shop.Example.COM:443"}, "shop.example.com"},
		"a port of its own stays":        {map[string]any{"http.request.header.host": []any{"shop.example.com:8443"}}, "shop.example.com:8443"},
		"an IPv6 address with a port":    {map[string]any{"server.address": "", "http.host": "[2001:db8::1]:8080"}, "[2001:db8::1]:8080"},
		"a forwarded host is public":     {map[string]any{"server.address": "web:8000", "http.request.header.x-forwarded-host": "a.example.com"}, "a.example.com"},
		"the last forwarded host":        {map[string]any{"server.address": "", "http.request.header.x-forwarded-host": "a.example.com, b.example.com"}, "b.example.com"},
		"the last public forwarded host": {map[string]any{"server.address": "", "http.request.header.x-forwarded-host": "a.example.com, web.internal"}, "a.example.com"},
		"the host of a Forwarded header": {map[string]any{"server.address": "app.default.svc.cluster.local", "http.request.header.forwarded": `for=203.0.113.9;host="b.example.com";proto=https`}, "b.example.com"},
		"the last host in Forwarded":     {map[string]any{"server.address": "", "http.request.header.forwarded": `host=a.example.com, for=203.0.113.9;host=b.example.com, for=10.0.0.7;host=web`}, "b.example.com"},
		"a forwarded host is local, too": {map[string]any{"server.address": "web:8000", "http.request.header.x-forwarded-host": "gateway"}, "web:8000"},
		"nginx' default server is none":  {map[string]any{"server.address": "_", "net.host.name": "c.example.com"}, "c.example.com"},
		"a pattern of nginx' is none":    {map[string]any{"server.address": "~^www"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, _ := translation.Span(translate.Config{}, c.attributes)
			assert.Equal(t, c.want, v.Host)
		})
	}
}

func TestTheHostIsTheOneThatTheVisitorAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		attributes map[string]any
		want       string
	}{
		"the Host header before all":             {map[string]any{"http.request.header.x-forwarded-host": "a.example.com", "url.full": "https://b.example.com/a", "http.request.header.host": "c.example.com"}, "c.example.com"},
		"the server's name before the full URL":  {map[string]any{"url.full": "https://b.example.com/a"}, "www.example.com"},
		"the full URL before a forwarded host":   {map[string]any{"server.address": "", "url.full": "https://b.example.com/a", "http.request.header.x-forwarded-host": "a.example.com"}, "b.example.com"},
		"net.host.name before http.server_name":  {map[string]any{"server.address": "", "http.server_name": "default.example.com", "net.host.name": "c.example.com"}, "c.example.com"},
		"not a host that begins the path":        {map[string]any{"server.address": "", "http.url": "http://a.example.com/x", "http.target": "//a.example.com/x", "http.request.header.x-forwarded-host": "b.example.com"}, "b.example.com"},
		"a full URL within the target":           {map[string]any{"server.address": "", "http.target": "https://d.example.com/a"}, "d.example.com"},
		"the first local host":                   {map[string]any{"server.address": "10.0.0.1", "http.request.header.host": "localhost:8080"}, "localhost:8080"},
		"a bare host":                            {map[string]any{"server.address": "", "host": "e.example.com"}, "e.example.com"},
		"a bare host with a port":                {map[string]any{"server.address": "", "host": "e.example.com:8443"}, "e.example.com:8443"},
		"a bare host of one word is the machine": {map[string]any{"server.address": "", "host": "web1"}, ""},
		"a bare host that is the client's":       {map[string]any{"server.address": "", "host": "203.0.113.9"}, ""},
		"a bare host that is an IPv6 address":    {map[string]any{"server.address": "", "host": "2001:db8::1"}, "[2001:db8::1]"},
		"a bare host that is local IPv6":         {map[string]any{"server.address": "", "host": "::1"}, "[::1]"},
		"the machine's name is not the host":     {map[string]any{"server.address": "", "host.name": "web1.example.com"}, ""},
		"the same host for both keys":            {map[string]any{"server.address": "e.example.com", "host": "e.example.com"}, "e.example.com"},
		"a mark of absence":                      {map[string]any{"server.address": "-", "host": "unknown"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, skip := translation.Span(translate.Config{}, c.attributes)
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.want, v.Host)
		})
	}
}

// TestAPublicAddressUnderHostIsTheClients: parsers of Apache's format give the first
// column that name.
func TestAPublicAddressUnderHostIsTheClients(t *testing.T) {
	for name, c := range map[string]struct {
		attributes       map[string]any
		wantIP, wantHost string
	}{
		"a public address":              {map[string]any{"host": "203.0.113.9"}, "203.0.113.9", ""},
		"a private address":             {map[string]any{"host": "10.0.0.7"}, "", "10.0.0.7"},
		"a public address and a client": {map[string]any{"host": "198.51.100.1", "client_ip": "203.0.113.9"}, "203.0.113.9", "198.51.100.1"},
		"an address with a port":        {map[string]any{"host": "203.0.113.9:8080"}, "", "203.0.113.9:8080"},
		"a name":                        {map[string]any{"host": "www.example.com"}, "", "www.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			v := translateRecord(t, requestRecord(t, c.attributes))
			assert.Equal(t, c.wantIP, v.ClientIP)
			assert.Equal(t, c.wantHost, v.Host)
		})
	}
}
