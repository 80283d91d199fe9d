// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAddressesAreFoundInAnyText(t *testing.T) {
	for name, c := range map[string]struct {
		texts []string
		holds bool
	}{
		"four numbers up to 255":           {[]string{"0.0.0.0", "255.255.255.255", "x1.2.3.4y", "1.2.3.4.5", "001.002.003.004", "1-2-3-4", "1_2_3_4"}, true},
		"other numbers":                    {[]string{"256.1.1.1", "1.256.1.1", "1.1.1.256", "1.1.1.0001", "1.2.3", "1.2.3.", "1.2-3.4", "1..2.3.4a", "1 2 3 4"}, false},
		"a double colon beside a digit":    {[]string{"::1", "1::", "x::a", "a::x", "fe80::%eth0", "[::1]"}, true},
		"a double colon beside no digit":   {[]string{"::", "x::y", ":", "x::", "::x", ":a", "a:", "a:b"}, false},
		"eight hexadecimal numbers":        {[]string{"1:2:3:4:5:6:7:8", "2001:db8:1:2:3:4:5:6789", "a1.b2.c3.d4.e5.f6.a7.b8", "x1:2:3:4:5:6:7:8x"}, true},
		"fewer numbers, or longer ones":    {[]string{"a:b:c:d:e:f:a", "a:b:c:d:e:f:a:", "a:b:c:d:e:f:abcde:1", "a:b:c:d-e:f:a:b", "a:b:c:d e:f:a:b", "a:b:c:x:d:e:f:a:b"}, false},
		"an address that is escaped":       {[]string{"1%2E2.3.4", "%3a%3A1", "1%252E2.3.4"}, true},
		"what is escaped a few times":      {[]string{"%", "%2541", "100%25"}, false},
		"what is still escaped after many": {[]string{"%" + strings.Repeat("25", 2*maxDecodings) + "41"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, text := range c.texts {
				assert.Equal(t, c.holds, holdsAddress(text), text)
			}
		})
	}
}
