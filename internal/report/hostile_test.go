// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// hostile is a text as a visitor may choose it for each part of a request.
func hostileReport(text string) *Report {
	c := NewCounter(time.UTC)
	for _, userAgent := range []string{gptBot, text, browserAgent} {
		c.Add(&Request{Time: 1e18, Host: text, Path: "/" + text, Query: text, Headers: agents.Headers{UserAgent: userAgent, SignatureAgent: text, SignatureInput: text}, Referer: "https://chatgpt.com/" + text, Status: 404})
		c.Add(&Request{Time: 1e18, Host: text, Path: "/" + text, Query: text, Headers: agents.Headers{UserAgent: userAgent, SignatureAgent: text, SignatureInput: text}, Referer: "https://chatgpt.com/", Status: 200})
	}
	c.Skip(visit.SkipNotAccessLog, Place{File: 0, Line: 1})
	r := c.Report(func(Place) string { return text + ":1" })
	r.Files, r.Notes = []File{{Name: text, Lines: 1}}, append(r.Notes, text)
	return r
}

// tagsOf are the elements of a page with their attributes' names, in order.
func tagsOf(t *testing.T, page string) (tags []string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(page, "<!DOCTYPE html>")))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return tags
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			tag := []string{start.Name.Local}
			for _, a := range start.Attr {
				tag = append(tag, a.Name.Local)
			}
			tags = append(tags, strings.Join(tag, " "))
		}
	}
}

// FuzzWhatVisitorsWriteIsInert compares a report with one of a harmless text: a page has
// the same elements and attributes, and a terminal gets only characters that print.
func FuzzWhatVisitorsWriteIsInert(f *testing.F) {
	for _, seed := range []string{
		"harmless", "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "</style><svg onload=x>", "{{.Visits}}", "javascript:alert(1)",
		"\x1b]0;title\a\x1b[2J", "\u009b31m", "\u202egpj.exe", "a\r\nb\tc\x00", "\xff\xfe", "'-->]]>", strings.Repeat("ä", 400), "&lt;b&gt;", "\u2028",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := hostileReport(text)
		var terminal, page, encoded bytes.Buffer
		require.NoError(t, r.WriteText(&terminal, TextSettings{}))
		for _, c := range terminal.String() {
			require.True(t, c == '\n' || strconv.IsPrint(c) && c != '\ufffd', "%q in %q", c, terminal.String())
		}
		require.NoError(t, r.WriteHTML(&page))
		harmless := hostileReport("harmless")
		if len(r.Agents) == len(harmless.Agents) && len(r.Classes) == len(harmless.Classes) && len(r.SentBy) == len(harmless.SentBy) && len(r.Lacks) == len(harmless.Lacks) {
			var other bytes.Buffer
			require.NoError(t, harmless.WriteHTML(&other))
			require.Equal(t, tagsOf(t, other.String()), tagsOf(t, page.String()))
		}
		require.NoError(t, r.WriteJSON(&encoded))
	})
}

func TestThePageLoadsAndRunsNothing(t *testing.T) {
	var page bytes.Buffer
	require.NoError(t, reportOf(week()).WriteHTML(&page))
	text := page.String()
	assert.Contains(t, text, `content="default-src &#39;none&#39;; style-src &#39;sha256-`)
	for _, part := range []string{"<script", "http://", "https://", "style=", "src=", "href=", "@import", "url(", "ZgotmplZ"} {
		assert.NotContains(t, text, part)
	}
}

func TestColoursAreOnlyOursAndOnlyIfWanted(t *testing.T) {
	var plain, coloured bytes.Buffer
	r := hostileReport("\x1b[31m")
	require.NoError(t, r.WriteText(&plain, TextSettings{}))
	require.NoError(t, r.WriteText(&coloured, TextSettings{Colour: true}))
	assert.NotContains(t, plain.String(), "\x1b")
	stripped := strings.NewReplacer("\x1b[1m", "", "\x1b[2m", "", "\x1b[33m", "", "\x1b[0m", "").Replace(coloured.String())
	assert.NotContains(t, stripped, "\x1b")
}

func TestLinesFitTheTerminal(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		var out bytes.Buffer
		require.NoError(t, hostileReport(strings.Repeat("long ", 100)).WriteText(&out, TextSettings{Width: width}))
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, "no visits") || strings.HasPrefix(line, "Note:") || strings.Contains(line, "the first in") {
				continue
			}
			assert.LessOrEqual(t, len([]rune(line)), max(width, 101)+1, line)
		}
	}
}
