// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOnlyHostsThatAUrlCanHaveAreTaken(t *testing.T) {
	label := strings.Repeat("a", 63)
	for given, want := range map[string]string{
		"Example.com":                     "example.com",
		"example.com.":                    "example.com",
		"example.com:443":                 "example.com",
		"example.com:80":                  "example.com",
		"example.com:8443":                "example.com:8443",
		"example.com:65535":               "example.com:65535",
		"example.com:65536":               "example.com",
		"example.com:99999":               "example.com",
		"example.com:0":                   "example.com",
		"192.0.2.1:99999":                 "192.0.2.1",
		"[2001:db8::1]:8080":              "[2001:db8::1]:8080",
		"2001:db8::1":                     "[2001:db8::1]",
		"256.1.1.1":                       "",
		"1.2.3.4.5":                       "",
		"_":                               "",
		label + ".example.com":            label + ".example.com",
		label + "a.example.com":           "",
		strings.Repeat("a.", 126) + "com": "",
	} {
		assert.Equal(t, want, hostOf(given), given)
	}
}
