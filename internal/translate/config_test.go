// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// ownKeys are n keys that a user names.
func ownKeys(n int) (keys []string) {
	for i := range n {
		keys = append(keys, fmt.Sprintf("key.%d", i))
	}
	return keys
}

// The messages themselves are in testdata/config.
func TestAFaultOfTheConfigurationIsFoundUnderItsKey(t *testing.T) {
	for name, c := range map[string]struct {
		config translate.Config
		key    string // empty: there is no fault
	}{
		"the default":           {translate.Config{}, ""},
		"headers and proxies":   {translate.Config{ClientIP: translate.ClientIPConfig{Mode: "truncate", TrustedHeaders: []string{"CF_Connecting_IP", "x-forwarded-for"}, TrustedProxies: []string{"10.0.0.7", "10.0.0.0/8", "2001:db8::/32", "::ffff:10.0.0.7"}}}, ""},
		"a header of no client": {translate.Config{ClientIP: translate.ClientIPConfig{TrustedHeaders: []string{"cookie"}}}, "client_ip::trusted_headers"},
		"a header next to them": {translate.Config{ClientIP: translate.ClientIPConfig{TrustedHeaders: []string{"via"}}}, "client_ip::trusted_headers"},
		"a proxy's name":        {translate.Config{ClientIP: translate.ClientIPConfig{TrustedProxies: []string{"proxy.example.com"}}}, "client_ip::trusted_proxies"},
		"a network too small":   {translate.Config{ClientIP: translate.ClientIPConfig{TrustedProxies: []string{"10.0.0.0/33"}}}, "client_ip::trusted_proxies"},
		"an unknown mode":       {translate.Config{ClientIP: translate.ClientIPConfig{Mode: "hash"}}, "client_ip::mode"},

		"as many keys as allowed":    {translate.Config{Attributes: map[string][]string{"path": ownKeys(30)}}, ""},
		"a key more than allowed":    {translate.Config{Attributes: map[string][]string{"path": ownKeys(31)}}, "attributes::path"},
		"a field that no visit has":  {translate.Config{Attributes: map[string][]string{"agent": {"x"}}}, "attributes"},
		"an empty key":               {translate.Config{Attributes: map[string][]string{"path": {""}}}, "attributes::path"},
		"a key for two fields":       {translate.Config{Attributes: map[string][]string{"path": {"x"}, "query": {"x"}}}, "attributes"},
		"a key that is a credential": {translate.Config{Attributes: map[string][]string{"path": {"http.request.header.authorization"}}}, "attributes::path"},
	} {
		t.Run(name, func(t *testing.T) {
			faults := validation.NewFaults()
			c.config.Check(faults)
			if c.key == "" {
				require.NoError(t, faults.Err())
				return
			}
			assert.ErrorContains(t, faults.Err(), "`"+c.key+"`")
		})
	}
}

func TestAProxyIsNamedByAnAddressOrANetwork(t *testing.T) {
	for _, proxy := range []string{"10.0.0.7", "::ffff:10.0.0.7", "10.0.0.0/8", "10.1.2.3/8"} {
		t.Run(proxy, func(t *testing.T) {
			v, _ := translation.Span(translate.Config{ClientIP: translate.ClientIPConfig{TrustedProxies: []string{proxy}}}, map[string]any{
				"network.peer.address":                "10.0.0.7",
				"http.request.header.x-forwarded-for": "66.249.66.1, 198.51.100.9",
			})
			assert.Equal(t, "198.51.100.9", v.ClientIP)
		})
	}
}
