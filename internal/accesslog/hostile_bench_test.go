// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// BenchmarkHostileLine shows what each byte of a line costs that is made to be slow. It
// must not grow with the length.
func BenchmarkHostileLine(b *testing.B) {
	const date = `[04/May/2026:09:15:02 +0000] `
	for name, part := range map[string]string{
		"quotation marks": `"`, "escaped marks": `\"`, "backslashes": `\`, "spaced marks": ` "`, "brackets": `[`, "digits in brackets": `[2 `, "commas": `, `, "equals": `=`, "bars": `|`,
		"spaces": ` `, "words": `a `, "dates": date, "dates and requests": date + `"GET / HTTP/1.1" 200 5 `, "requests": ` "GET / HTTP/1.1" 200 `, "tabs": "a:\t", "colours": "\x1b[",
		"addresses": `203.0.113.9, `, "targets": ` GET / 200`, "levels": `INFO `, "braces": `{`, "colons": `a: `,
	} {
		for _, length := range []int{16 << 10, 256 << 10} {
			b.Run(fmt.Sprintf("%s/length=%d", name, length), func(b *testing.B) {
				line := `203.0.113.9 - ` + strings.Repeat(part, length/len(part)) + ` /x 7 - - 1ms`
				usual := `203.0.113.9 - - ` + date + `"GET /x HTTP/1.1" 200 7 "-" "` + strings.Repeat(part, length/len(part)) + `" x`
				var r Reader
				for b.Loop() {
					r.Read(line, time.UTC)
					r.Read(usual, time.UTC)
					NewLabels(line)
					PrefixOfJSON(line, time.UTC)
				}
				fixture.PerItem(b, "ns/byte", (len(line)+len(usual))*b.N)
			})
		}
	}
}
