// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// The messages themselves are in testdata/config.

func TestEndpointsThatAnAPICanHaveAreTaken(t *testing.T) {
	for _, endpoint := range []string{"", "https://api.example.com", "https://api.example.com:8443/gateway/", "http://localhost:8080", "http://127.0.0.1", "http://[::1]:80"} {
		t.Run(endpoint, func(t *testing.T) {
			f := validation.NewFaults()
			Endpoint(f, endpoint, "/visits", false)
			assert.NoError(t, f.Err())
		})
	}
}

func TestEndpointsWhereNobodyCanListenAreRefused(t *testing.T) {
	for _, endpoint := range []string{"https://api.example.com:0", "https://api.example.com:99999", "https://<host>", "https://"} {
		t.Run(endpoint, func(t *testing.T) {
			f := validation.NewFaults()
			Endpoint(f, endpoint, "/visits", false)
			assert.ErrorContains(t, f.Err(), "is not an http or https URL")
		})
	}
}

func TestMessagesShowNoSecretOfAURL(t *testing.T) {
	for _, endpoint := range []string{"ftp://h/?token=canary", "https://canary:x@h", "https://x@canary@h:/%", "https://h/#canary", "http://h?canary", "canary@", "https://h/canary?x", "http://h/canary/visits", "https://h/v?token=canary", "canary", "canary://h"} {
		t.Run(endpoint, func(t *testing.T) {
			f := validation.NewFaults()
			Endpoint(f, endpoint, "/visits", false)
			Proxy(f, "://"+endpoint)
			assert.Error(t, f.Err())
			assert.NotContains(t, f.Err().Error(), "canary")
		})
	}
}

// TestHeadersAreTakenIfARequestCanCarryThem asks Go's HTTP client about each byte of a
// name and of a value.
func TestHeadersAreTakenIfARequestCanCarryThem(t *testing.T) {
	for c := range 256 {
		for name, value := range map[string]string{"X" + string([]byte{byte(c)}): "x", "Y": "x" + string([]byte{byte(c)}) + "x"} {
			f := validation.NewFaults()
			Headers(f, configopaque.MapList{{Name: name, Value: configopaque.String(value)}}, nil)
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:1", http.NoBody)
			require.NoError(t, err)
			request.Header[name] = []string{value}
			_, err = http.DefaultTransport.RoundTrip(request) //nolint:bodyclose // there is no answer
			refused := strings.Contains(err.Error(), "invalid header field")
			assert.Equal(t, refused, f.Err() != nil, "%q: %q: %v", name, value, err)
		}
	}
}

func TestOrdinaryHeadersOfAGatewayAreTaken(t *testing.T) {
	f := validation.NewFaults()
	Headers(f, configopaque.MapList{{Name: "Host", Value: "api.example.com"}, {Name: "X-Gateway", Value: "größer\tals"}, {Name: "authorization", Value: "Basic dTpw"}, {Name: "x_y", Value: ""}}, nil)
	assert.NoError(t, f.Err())
}

func TestProxiesThatAClientCanUseAreTaken(t *testing.T) {
	for proxy, right := range map[string]bool{
		"": true, "http://proxy.example.com:3128": true, "https://u:p%23@proxy.example.com": true, "socks5://10.0.0.1:1080": true, "socks5h://[::1]:1080/": true,
		"proxy.example.com:3128": false, "proxy.example.com": false, "ftp://h": false, "http://": false, "http://h:port": false, "http:h": false, "http://u:p#@h": false,
		"http://h:0": false, "http://h:65535": true, "http://h:65536": false, "http://h:99999": false, "http://<proxy>:3128": false, `http://"h"`: false, "http://proxy_1.local": true,
	} {
		t.Run(proxy, func(t *testing.T) {
			f := validation.NewFaults()
			Proxy(f, proxy)
			assert.Equal(t, right, f.Err() == nil, f.Err())
		})
	}
}
