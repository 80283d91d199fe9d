// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

// TestCallsWithinAMeshAreToldFromAGatewaysRequests: Envoy beside a service gets the service's
// calls from its own pod, at the address of the service that was called.
func TestCallsWithinAMeshAreToldFromAGatewaysRequests(t *testing.T) {
	const cart, inbound, api = "outbound|8080||cart.default.svc.cluster.local", "inbound|8080||", "outbound|443||api.example.net"
	for name, c := range map[string]struct {
		cluster, sentFrom, receivedAt, sentBy, forwarded string
		isCall                                           bool
	}{
		"a service's call":                          {cart, "10.44.1.23:37652", "10.0.45.184:8080", "10.44.1.23:46520", "-", true},
		"a service's call with forwarded addresses": {cart, "10.44.1.23:37652", "10.0.45.184:8080", "10.44.1.23:46520", "203.0.113.9", true},
		"a service's call over IPv6":                {cart, "[fd00::23]:37652", "[fd00:1::184]:8080", "[fd00::23]:46520", "-", true},
		"a service's call out of the mesh":          {api, "10.44.1.23:37652", "198.51.100.7:80", "10.44.1.23:46520", "203.0.113.9", true},
		"a gateway, asked by a visitor":             {cart, "10.44.9.3:37652", "10.44.9.3:8080", "203.0.113.9:46520", "203.0.113.9", false},
		"a gateway behind a machine's address":      {cart, "10.44.9.3:37652", "10.44.9.3:8080", "10.44.0.1:46520", "-", false},
		"a gateway on the machine that forwards":    {cart, "10.0.0.5:37652", "10.0.0.5:8080", "10.0.0.5:46520", "-", false},
		"the service that was called":               {inbound, "127.0.0.6:37652", "10.44.2.7:8080", "10.44.1.23:46520", "-", false},
		"a call that was not sent on":               {cart, "-", "10.0.45.184:8080", "10.44.1.23:46520", "-", false},
		"another cluster":                           {"shop", "10.44.1.23:37652", "10.0.45.184:8080", "10.44.1.23:46520", "-", false},
		"no address at which it was received":       {cart, "10.44.1.23:37652", "-", "10.44.1.23:46520", "-", false},
	} {
		t.Run(name, func(t *testing.T) {
			text := fmt.Sprintf(`[2026-05-04T09:15:02.120Z] "GET /a HTTP/1.1" 200 - via_upstream - "-" 0 135 38 37 "%s" "curl/8.9" "0f1e" "shop" "10.44.2.7:80" %s %s %s %s - default`, c.forwarded, c.cluster, c.sentFrom, c.receivedAt, c.sentBy)
			object := fmt.Sprintf(`{"method":"GET","path":"/a","response_code":200,"response_flags":"-","x_forwarded_for":"%s","user_agent":"curl/8.9","upstream_cluster":"%s","upstream_local_address":"%s","downstream_local_address":"%s","downstream_remote_address":"%s"}`, c.forwarded, c.cluster, c.sentFrom, c.receivedAt, c.sentBy)
			for _, line := range []string{text, object} {
				tr := translation.Logs(translate.Config{}, fixture.Arrival, fixture.NewLines(fixture.Arrival, []byte(line)))
				assert.Equal(t, c.isCall, len(tr.Visits) == 0, line)
			}
		})
	}
}

// TestTheAddressesOfARecordAreNotThoseOfTheNext: the first is a call.
func TestTheAddressesOfARecordAreNotThoseOfTheNext(t *testing.T) {
	lines := `{"method":"GET","path":"/a","response_code":200,"user_agent":"x","upstream_cluster":"outbound|80||a.b.svc.cluster.local","upstream_local_address":"10.0.0.1:1","downstream_local_address":"10.0.1.1:80","downstream_remote_address":"10.0.0.1:2"}
{"method":"GET","path":"/b","response_code":200,"user_agent":"x","upstream_cluster":"outbound|80||a.b.svc.cluster.local","downstream_remote_address":"10.0.0.1:2"}
`
	tr := translation.Logs(translate.Config{}, fixture.Arrival, fixture.NewLines(fixture.Arrival, []byte(lines)))
	if assert.Len(t, tr.Visits, 1) {
		assert.Equal(t, "/b", tr.Visits[0].Path)
	}
}
