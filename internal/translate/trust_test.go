// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

var proxiesForTests = []string{"10.0.0.0/8", "172.68.0.0/16", "2001:db8:ffff::1"}

func TestTheAddressOfASpanIsTheOneThatTrustedPartiesTell(t *testing.T) {
	proxies := translate.ClientIPConfig{TrustedProxies: proxiesForTests}
	const forged = "203.0.113.9" // the span's client.address, which SDKs take from the left of X-Forwarded-For
	for name, c := range map[string]struct {
		config             translate.ClientIPConfig
		peer, chain, other string
		want               string
	}{
		"forged elements stand left":        {proxies, "10.0.0.7", "66.249.66.1, 198.51.100.9, 172.68.1.1", "", "198.51.100.9"},
		"a peer that is no proxy":           {proxies, "198.51.100.9", "66.249.66.1", "", "198.51.100.9"},
		"all are proxies":                   {proxies, "10.0.0.7", "10.1.2.3, 10.0.0.8", "", "10.1.2.3"},
		"a chain that ends in what is none": {proxies, "10.0.0.7", "66.249.66.1, unknown, 10.0.0.8", "", "10.0.0.8"},
		"IPv6 with ports":                   {proxies, "2001:db8:ffff::1", "[2001:db8::7]:4711, 10.0.0.8:80", "", "2001:db8::7"},

		"a proxy's chain was not captured":                   {proxies, "10.0.0.7", "", "", ""},
		"a proxy's chain holds no address":                   {proxies, "10.0.0.7", "unknown", "", ""},
		"the peer is not known, and no chain was captured":   {proxies, "", "", "", ""},
		"the peer is not known, and the chain says another":  {proxies, "", forged + ", 198.51.100.9", "", ""},
		"the peer is not known, and the chain says the same": {proxies, "", forged + ", 10.0.0.8", "", forged},

		"a trusted header":                                  {translate.ClientIPConfig{TrustedHeaders: []string{"CF-Connecting-IP"}}, "10.0.0.7", "66.249.66.1", "198.51.100.9", "198.51.100.9"},
		"a trusted header that is absent":                   {translate.ClientIPConfig{TrustedHeaders: []string{"cf_connecting_ip"}}, "10.0.0.7", "66.249.66.1", "", ""},
		"a trusted header that is absent, of a public peer": {translate.ClientIPConfig{TrustedHeaders: []string{"cf_connecting_ip"}}, "198.51.100.9", "66.249.66.1", "", "198.51.100.9"},
		"a trusted header that a stranger sent":             {translate.ClientIPConfig{TrustedHeaders: []string{"cf-connecting-ip"}, TrustedProxies: proxiesForTests}, "192.0.2.1", "", "198.51.100.9", "192.0.2.1"},

		"a trusted header that a stranger sent, of one proxy": {translate.ClientIPConfig{TrustedHeaders: []string{"cf-connecting-ip"}, TrustedProxies: []string{"10.0.0.7"}}, "192.0.2.1", "", "198.51.100.9", "192.0.2.1"},
		"a trusted chain, if no proxies are named":            {translate.ClientIPConfig{TrustedHeaders: []string{"x-forwarded-for"}}, "10.0.0.7", "10.0.0.9, 198.51.100.9, 66.249.66.1", "", "198.51.100.9"},

		"by default the CDN's header":        {translate.ClientIPConfig{}, "10.0.0.7", "66.249.66.1", "198.51.100.9", "198.51.100.9"},
		"by default what the server decided": {translate.ClientIPConfig{}, "10.0.0.7", "66.249.66.1", "", forged},
	} {
		t.Run(name, func(t *testing.T) {
			attributes := map[string]any{"client.address": forged, "network.peer.address": c.peer}
			if c.chain != "" {
				attributes["http.request.header.x-forwarded-for"] = []any{c.chain}
			}
			if c.other != "" {
				attributes["http.request.header.cf-connecting-ip"] = c.other
			}
			v, skip := translation.Span(translate.Config{ClientIP: c.config}, attributes)
			assert.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.want, v.ClientIP)
		})
	}
}

func TestTheFirstTrustedHeaderWithAnAddressCounts(t *testing.T) {
	for want, headers := range map[string][]string{"10.1.2.3": nil, "198.51.100.77": {"cf-connecting-ip", "x-forwarded-for"}} {
		v, _ := translation.Span(translate.Config{ClientIP: translate.ClientIPConfig{TrustedProxies: proxiesForTests, TrustedHeaders: headers}}, map[string]any{
			"network.peer.address":                 "10.0.0.7",
			"http.request.header.x-forwarded-for":  []any{"10.1.2.3"},
			"http.request.header.forwarded":        []any{"for=198.51.100.9"},
			"http.request.header.cf-connecting-ip": "198.51.100.77",
		})
		assert.Equal(t, want, v.ClientIP, headers)
	}
}

func TestTheAddressOfALogRecordIsTheOneThatTrustedPartiesTell(t *testing.T) {
	proxies := translate.ClientIPConfig{TrustedProxies: proxiesForTests}
	for name, c := range map[string]struct {
		config translate.ClientIPConfig
		fields map[string]any
		want   string
	}{
		"a stranger connects":                     {proxies, map[string]any{"remote_addr": "198.51.100.9", "http_x_forwarded_for": "66.249.66.1"}, "198.51.100.9"},
		"a proxy connects":                        {proxies, map[string]any{"remote_addr": "10.0.0.7", "http_x_forwarded_for": "66.249.66.1, 198.51.100.9"}, "198.51.100.9"},
		"a proxy connects, and logs no chain":     {proxies, map[string]any{"remote_addr": "10.0.0.7"}, ""},
		"the server worked another address out":   {proxies, map[string]any{"remote_addr": "66.249.66.1", "realip_remote_addr": "10.0.0.7"}, ""},
		"a trusted header is absent":              {translate.ClientIPConfig{TrustedHeaders: []string{"x-real-ip"}}, map[string]any{"remote_addr": "10.0.0.7"}, ""},
		"a trusted header is absent, from abroad": {translate.ClientIPConfig{TrustedHeaders: []string{"x-real-ip"}}, map[string]any{"remote_addr": "198.51.100.9"}, "198.51.100.9"},
	} {
		t.Run(name, func(t *testing.T) {
			record := plog.NewLogRecord()
			require.NoError(t, record.Attributes().FromRaw(c.fields))
			record.Attributes().PutStr("request_method", "GET")
			record.Attributes().PutStr("request_uri", "/a")
			record.Attributes().PutInt("status", 200)
			tr := translation.New(translate.Config{ClientIP: c.config})
			v, skip := tr.LogRecord(record)
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.want, v.ClientIP)
		})
	}
}

// TestForgedAddressesDoNotLeave checks what Known Agents receives, because it looks for
// the address in the headers.
func TestForgedAddressesDoNotLeave(t *testing.T) {
	const forged = "66.249.66.1"
	for name, c := range map[string]struct {
		config      translate.ClientIPConfig
		peer, chain string
		want        string
	}{
		"a chain that a proxy has completed": {translate.ClientIPConfig{TrustedProxies: proxiesForTests}, "10.0.0.7", forged + ", 198.51.100.9", "198.51.100.9"},
		"headers from a stranger":            {translate.ClientIPConfig{TrustedProxies: proxiesForTests}, "198.51.100.9", forged, "198.51.100.9"},
		"no chain from a proxy":              {translate.ClientIPConfig{TrustedProxies: proxiesForTests}, "10.0.0.7", "", ""},
		"no peer":                            {translate.ClientIPConfig{TrustedProxies: proxiesForTests}, "", "", ""},
		"no trusted header":                  {translate.ClientIPConfig{TrustedHeaders: []string{"cf-connecting-ip"}}, "10.0.0.7", forged, ""},
	} {
		t.Run(name, func(t *testing.T) {
			span := fixture.CapturedSpan()
			a := span.Attributes()
			for i := visit.ForwardedFor; i <= visit.ViewerAddress; i++ {
				header := visit.RequestHeaders[i-visit.FirstRequestHeader]
				if header != "x-forwarded-for" && header != "forwarded" && header != "cf-connecting-ip" {
					a.PutStr("http.request.header."+header, forged)
				}
			}
			a.PutStr("client.address", forged)
			a.PutStr("network.peer.address", c.peer)
			a.Remove("http.request.header.x-forwarded-for")
			if c.chain != "" {
				a.PutStr("http.request.header.x-forwarded-for", c.chain)
			}
			tr := translation.New(translate.Config{ClientIP: c.config})
			v, skip := tr.Span(span)
			require.Equal(t, visit.NotSkipped, skip)
			sent := string(translation.EncodeForKnownAgents(nil, v).Bytes)
			assert.NotContains(t, sent, forged)
			assert.NotContains(t, sent, "10.0.0.7")
			if c.want == "" {
				assert.NotContains(t, sent, "x-forwarded-for")
			} else {
				assert.Contains(t, sent, `"x-forwarded-for":"`+c.want+`"`)
			}
			assert.Equal(t, c.want, v.ClientIP)
		})
	}
}

func TestForwardedHeaderIsReadFromTheRight(t *testing.T) {
	v, _ := translation.Span(translate.Config{ClientIP: translate.ClientIPConfig{TrustedProxies: []string{"10.0.0.0/8"}}}, map[string]any{
		"http.request.header.forwarded": `for=66.249.66.1, for="[2001:db8::7]:4711";proto=https, for=10.0.0.8`,
	})
	assert.Equal(t, "2001:db8::7", v.ClientIP)
}

// TestAnAddressIsWithheldIfNobodyTrustedTellsIt: then the exporter warns.
func TestAnAddressIsWithheldIfNobodyTrustedTellsIt(t *testing.T) {
	headers := translate.ClientIPConfig{TrustedHeaders: []string{"cf-connecting-ip"}}
	proxies := translate.ClientIPConfig{TrustedProxies: proxiesForTests}
	for name, c := range map[string]struct {
		config               translate.ClientIPConfig
		peer, claimed, other string
		want                 bool
	}{
		"by default":                               {translate.ClientIPConfig{}, "10.0.0.7", "203.0.113.9", "", false},
		"the header tells it":                      {headers, "10.0.0.7", "203.0.113.9", "198.51.100.9", false},
		"the header is not captured":               {headers, "10.0.0.7", "203.0.113.9", "", true},
		"the header is not captured, nor a client": {headers, "10.0.0.7", "", "", true},
		"the header is not captured, nor a peer":   {headers, "", "203.0.113.9", "", true},
		"no address is captured":                   {headers, "", "", "", false},
		"the header holds no address":              {headers, "10.0.0.7", "203.0.113.9", "unclear", false},
		"the peer is a visitor":                    {proxies, "198.51.100.9", "203.0.113.9", "", false},
		"the peer is a proxy":                      {proxies, "10.0.0.7", "203.0.113.9", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			span := fixture.OtelhttpSpan()
			span.Attributes().PutStr("client.address", c.claimed)
			span.Attributes().PutStr("network.peer.address", c.peer)
			if c.other != "" {
				span.Attributes().PutStr("http.request.header.cf-connecting-ip", c.other)
			}
			tr := translation.New(translate.Config{ClientIP: c.config})
			_, skip := tr.Span(span)
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.want, tr.Notices()&translate.AddressWithheld != 0)
		})
	}
}
