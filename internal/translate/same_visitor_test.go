// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// addressTexts are what stands in headers that tell an address.
var addressTexts = []string{
	"203.0.113.9", "198.51.100.1:443", "2001:db8::7", "[2001:db8::8]:51234", "::ffff:192.0.2.1", "10.0.0.7", "10.0.0.7, 203.0.113.9",
	"8.8.8.8, 198.51.100.1, 10.0.0.8", "for=192.0.2.1;host=x", `for="[2001:db8::7]:80", for=10.0.0.7`, "host=x", "localhost:8080", "_", "0x7f.1",
	"unknown", "socket://203.0.113.9:1", ",", `"`, `for="`, "127.1", "203.0.113.9:51234:1", "",
}

// vendorReads are the headers in which Known Agents looks for an address.
var vendorReads = strings.Fields("remote-addr x-forwarded-for x-real-ip client-ip cf-connecting-ip x-cluster-client-ip forwarded x-original-forwarded-for fastly-client-ip true-client-ip x-appengine-user-ip")

// TestBothAPIsNameTheSameVisitor: whatever stands in the headers, those that Known
// Agents reads name the visitor whom Scrunch gets, and nobody else.
func TestBothAPIsNameTheSameVisitor(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	pick := func() string { return addressTexts[random.IntN(len(addressTexts))] }
	configs := []translate.ClientIPConfig{
		{}, {Mode: "truncate"}, {Mode: "omit"}, {TrustedProxies: []string{"10.0.0.0/8"}}, {TrustedHeaders: []string{"x-real-ip"}},
	}
	var encoders [][]func(map[string]any) []byte
	for _, c := range configs {
		encoders = append(encoders, spanEncoders(t, translate.Config{ClientIP: c}))
	}
	named := 0
	for range 20_000 {
		attributes := map[string]any{"client.address": pick(), "network.peer.address": pick()}
		for i := visit.ForwardedFor; i <= visit.ViewerAddress; i++ {
			if random.IntN(6) == 0 {
				attributes["http.request.header."+visit.RequestHeaders[i-visit.FirstRequestHeader]] = pick()
			}
		}
		encode := encoders[random.IntN(len(configs))]
		var known struct {
			Headers map[string]string `json:"request_headers"`
		}
		var scrunch struct{ IP string }
		require.NoError(t, json.Unmarshal(encode[0](attributes), &known))
		require.NoError(t, json.Unmarshal(encode[1](attributes), &scrunch))
		if scrunch.IP == "" {
			continue
		}
		named++
		tells := false
		for _, name := range vendorReads {
			if text, sent := known.Headers[name]; sent {
				ip, _ := address.Best(text)
				require.Equal(t, scrunch.IP, ip, "%s of %v", name, attributes)
				tells = true
			}
		}
		require.True(t, tells, attributes)
	}
	require.Greater(t, named, 5000)
}

// spanEncoders encode a span with more attributes, for one destination each.
func spanEncoders(t *testing.T, cfg translate.Config) (encoders []func(map[string]any) []byte) {
	t.Helper()
	for _, d := range translation.Destinations() {
		translator := translate.NewTranslator(translate.NewRules(cfg, d.Unused), time.UTC)
		translator.Begin(fixture.Arrival)
		encoders = append(encoders, func(attributes map[string]any) []byte {
			span := fixture.OtelhttpSpan()
			for key, v := range attributes {
				require.NoError(t, span.Attributes().PutEmpty(key).FromRaw(v))
			}
			v, skip := translator.Span(span)
			require.Equal(t, visit.NotSkipped, skip)
			return d.Encode(nil, v).Bytes
		})
	}
	return encoders
}
