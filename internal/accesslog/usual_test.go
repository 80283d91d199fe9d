// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
)

// requireSameReading shows that a reader reads a line as Entry.Read does.
func requireSameReading(t *testing.T, r *Reader, line string, zone *time.Location) {
	t.Helper()
	want, isLine := read(line, zone)
	require.Equal(t, isLine, r.Read(line, zone), "%q", line)
	if !isLine {
		return
	}
	got := r.Entry
	if got.ClientIP != "" {
		ip, isPublic := address.Best(got.Client)
		require.Equal(t, []any{ip, isPublic}, []any{got.ClientIP, got.IsPublic}, "%q", line)
	}
	got.ClientIP, got.IsPublic = "", false
	require.Equal(t, want, got, "%q", line)
}

// usualParts are the parts of a line of the combined log format, and what may stand in
// their place.
var usualParts = [][]string{
	{"203.0.113.9", "10.0.0.7", "2001:db8::7", "20:1:2:3:4:5:6:7", "2001:db8::", "::ffff:203.0.113.9", "203.0.113.9:4711", "203.0.113.9, 10.0.0.7", "4711", "www.example.com", "-", "unix:", "2026-05-04", "203.0.113.9, ", ""},
	{" - ", " -  ", "  - ", " ", " nginx[1]: ", " - - ", " ident "},
	{"-", "alice", "alice bob", "", "a: b", "a]: b", "[x]", "[04/May/2026:09:15:02 +0000]", `[04/May/2026:09:15:02 +0000] "GET /forged HTTP/1.1" 200 5`, "198.51.100.1"},
	{" "},
	{"[04/May/2026:09:15:02 +0000]", "[04/May/2026:09:15:03 -0730]", "[04/mai/2026:09:15:02 +0000]", "[31/Feb/2026:09:15:02 +0000]", "[04/May/1970:09:15:02 +0000]", "[2026-05-04T09:15:02.120Z]", "[04/May/2026:09:15:02.158]", "[04/05/2026:09:15:02 +0000]", "[04/May/2026 09:15:02]"},
	{" ", "  ", " 12ms "},
	{`"GET /a?b HTTP/1.1"`, `"POST /a b HTTP/1.0"`, `"-"`, `"get / HTTP/1.1"`, `"\x16\x03"`, `"GET /\" HTTP/1.1"`, `"GET / `, `"GET /"`, `"[04/May/2026:09:15:02 +0000] "`},
	{" "},
	{"200", "404", "099", "600", "20", "200 OK", "-"},
	{" ", "  "},
	{"512", "-", "0.038", "512 0.038", "512 -", "x"},
	{" ", ""},
	{`"https://chatgpt.com/"`, `"-"`, "-", `"a\"b"`, `"a"b"`, `"`, ""},
	{" ", "  ", ""},
	{`"curl/8.9.1"`, `"-"`, `"Mozilla/5.0 [04/May/2026:09:15:02 +0000] \"GET / HTTP/1.1\" 200 5"`, `"cut`, ""},
	{"", ` "203.0.113.7"`, ` 0.038`, ` rt=0.038`, ` 7 "web@docker" "http://10.0.0.9:80" 38ms`, ` 12 www.example.com - -`, ` "198.51.100.7, 10.0.0.1" "www.example.com"`, ` 38ms`, " ", ` "cut`},
}

func TestTheFastReaderReadsAsAllOthersDo(t *testing.T) {
	random, r := rand.New(rand.NewPCG(1, 2)), &Reader{}
	fast := 0
	for range 100_000 {
		var line strings.Builder
		for _, part := range usualParts {
			choice := 0
			if random.IntN(6) == 0 {
				choice = random.IntN(len(part))
			}
			line.WriteString(part[choice])
		}
		zone := time.UTC
		if random.IntN(4) == 0 {
			zone = time.FixedZone("", 3600)
		}
		requireSameReading(t, r, line.String(), zone)
		if r.ClientIP != "" {
			fast++
		}
	}
	assert.Greater(t, fast, 10_000, "the fast way is taken")
}

// FuzzReader shows the same for any line, whichever came before.
func FuzzReader(f *testing.F) {
	f.Add(`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /a?b HTTP/1.1" 200 512 "https://chatgpt.com/" "curl/8.9.1"`, `2001:db8::7 - a [04/May/2026:09:15:02 +0000] "GET / HTTP/2" 304 - "-" "curl" "10.0.0.9"`)
	f.Fuzz(func(t *testing.T, first, second string) {
		r := &Reader{}
		requireSameReading(t, r, first, time.UTC)
		requireSameReading(t, r, second, time.UTC)
		requireSameReading(t, r, first, time.FixedZone("", -7200))
	})
}
