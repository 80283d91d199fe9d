// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// w3cRequest is a request by the names of a W3C log's columns.
type w3cRequest map[string]string

// hostile are texts that a visitor could send to shift columns or to forge one.
var hostile = []string{
	"-", "200", "0", "404", "203.0.113.66", "GET", "/p", "#Fields:", `"`, `"x`, `x"`, `""`, `a"+"b`, "HTTP/1.1", "2026-05-04", "09:15:02", "+", "++",
	"https://evil.example/", "evil.example", "a=1;+b=2", "%20", "%09", "\\x20", "\\", "[04/May/2026:09:15:02+0000]", "Mozilla/5.0+(x;+y)", "ÄÖ", "38",
}

func anyOf(r *rand.Rand, texts ...string) string { return texts[r.IntN(len(texts))] }

// aRequest is a request as IIS writes it: no text has a blank.
func aRequest(r *rand.Rand) w3cRequest {
	return w3cRequest{
		"date": "2026-05-04", "time": "09:15:02", "s-sitename": "W3SVC7", "s-computername": "WEB3", "s-ip": anyOf(r, "10.0.0.7", "::1"),
		"cs-method": anyOf(r, "GET", "POST", "HEAD"), "cs-uri-stem": "/" + anyOf(r, hostile...), "cs-uri-query": anyOf(r, hostile...),
		"s-port": "443", "cs-username": anyOf(r, "-", "alice"), "c-ip": anyOf(r, "203.0.113.9", "2001:db8::9"), "cs-version": anyOf(r, "HTTP/1.1", "HTTP/2.0"),
		"cs(User-Agent)": anyOf(r, hostile...), "cs(Cookie)": anyOf(r, hostile...), "cs(Referer)": anyOf(r, hostile...), "cs-host": anyOf(r, "-", "www.example.com"),
		"sc-status": anyOf(r, "200", "404", "304"), "sc-substatus": "0", "sc-win32-status": anyOf(r, "0", "64"), "sc-bytes": "14371", "cs-bytes": "5341",
		"time-taken": anyOf(r, "38", "0", "1204"), "X-Forwarded-For": anyOf(r, "-", "198.51.100.7", "198.51.100.7,+10.0.0.1"),
	}
}

// iisColumns are IIS's columns in its order, and one custom column.
var iisColumns = strings.Fields(`date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version
	cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken X-Forwarded-For`)

// neededColumns are those without which a line says too little.
const neededColumns = " cs-method cs-uri-stem sc-status "

// defaultColumns are those that IIS selects by itself and that show the form of a line.
const defaultColumns = neededColumns + "date time cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-substatus sc-win32-status time-taken "

// selection leaves some columns out, but none of those that are needed.
func selection(r *rand.Rand, needed string) []string {
	var some []string
	for _, name := range iisColumns {
		if strings.Contains(needed, " "+name+" ") || r.IntN(3) > 0 {
			some = append(some, name)
		}
	}
	return some
}

func (q w3cRequest) line(columns []string) string {
	texts := make([]string, len(columns))
	for i, name := range columns {
		texts[i] = q[name]
	}
	return strings.Join(texts, " ")
}

// sameKeys are the columns whose key is not their name.
var sameKeys = map[string]string{"duration_ms": "time-taken", "x-forwarded-for": "X-Forwarded-For", "http.request.header.x-forwarded-for": "X-Forwarded-For"}

// requireTrue compares what was read with the request. What is absent is not wrong.
func (q w3cRequest) requireTrue(t *testing.T, c *Columns, line string, keys ...string) {
	t.Helper()
	for key, text := range c.All() {
		name := key
		if sameKeys[key] != "" {
			name = sameKeys[key]
		}
		if want, known := q[name]; known && text != "" && text != "-" && (len(keys) == 0 || strings.Contains(strings.Join(keys, " "), key)) {
			require.Equal(t, want, text, "%s in %s", key, line)
		}
	}
}

// TestLinesOfIISAreReadBackExactly writes lines with random columns, in any order, and
// random texts.
func TestLinesOfIISAreReadBackExactly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		columns := selection(r, neededColumns)
		if r.IntN(4) == 0 {
			r.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
		}
		header := headerOf("#Software: Microsoft Internet Information Services 10.0", "#Fields: "+strings.Join(columns, " "))
		q := aRequest(r)
		var c Columns
		line := q.line(columns)
		require.True(t, c.Read(line, &header), line)
		for key, text := range c.All() {
			if want, known := q[key]; known {
				require.Equal(t, want, text, "%s in %s", key, line)
			}
		}
		q.requireTrue(t, &c, line)
	}
}

// TestWhatTheServerWritesIsNeverForged reads lines of IIS without their header. What a
// visitor does not choose is right, or the line is left out.
func TestWhatTheServerWritesIsNeverForged(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	read, lines := 0, 20_000
	for range lines {
		columns := selection(r, defaultColumns)
		q := aRequest(r)
		line := q.line(columns)
		var c Columns
		if c.Read(line, &Header{}) {
			read++
			q.requireTrue(t, &c, line, "cs-method", "cs-uri-stem", "cs-uri-query", "c-ip", "sc-status", "duration_ms")
		}
	}
	require.Greater(t, read, lines*8/10, "few lines leave a doubt")
}

// TestOrdinaryLinesOfIISAreReadBackWithoutTheirHeader: browsers and agents send a URL or
// nothing as the referer, and pairs or nothing as the cookie.
func TestOrdinaryLinesOfIISAreReadBackWithoutTheirHeader(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		columns := selection(r, defaultColumns)
		q := aRequest(r)
		q["cs-uri-query"] = anyOf(r, "-", "a=b&c=d")
		q["cs(User-Agent)"] = anyOf(r, "-", "curl/8", "Mozilla/5.0+(x;+y)")
		q["cs(Cookie)"] = anyOf(r, "-", "a=1", "a=1;+b=https://x.example/")
		q["cs(Referer)"] = anyOf(r, "-", "https://chatgpt.com/")
		line := q.line(columns)
		var c Columns
		require.True(t, c.Read(line, &Header{}), line)
		q.requireTrue(t, &c, line)
	}
}

// FuzzColumns shows that a line that is cut off is not read as another request: what is
// read of a part is what is read of the whole line, or nothing. The last column may be
// cut off.
func FuzzColumns(f *testing.F) {
	const fields = "date time c-ip cs-method cs-uri-stem cs(User-Agent) cs(Referer) sc-status sc-bytes"
	f.Add("Netscaler", fields, `2026-05-04 09:15:02 203.0.113.9 GET /p curl/8+(x) - 200 512`, uint16(50))
	f.Add("IIS Advanced Logging Module", fields, `2026-05-04 09:15:02 "203.0.113.9" GET /p "curl ""8"" x" - 200 512`, uint16(60))
	f.Add("", fields, "2026-05-04\t09:15:02\t203.0.113.9\tGET\t/p\tcurl%20x\t-\t200\t512", uint16(40))
	for _, line := range []string{cloudFrontLine, elbLine, classicLine, squidLine, iisLine, iisStart + "HTTP/2.0 curl/8 a=1;+b=2 https://chatgpt.com/ www.example.com 404 0 2 1437 534 38"} {
		f.Add("", "", line, uint16(100))
	}
	for _, text := range hostile {
		f.Add("Microsoft", fields, fmt.Sprintf("2026-05-04 09:15:02 203.0.113.9 GET /p %s %s 200 512", text, text), uint16(55))
	}
	f.Fuzz(func(t *testing.T, software, fields, line string, cut uint16) {
		header := headerOf("#Software: "+software, "#Fields: "+fields)
		var whole, part Columns
		if int(cut) >= len(line) || !whole.Read(line, &header) {
			return
		}
		total := 0
		for range whole.All() {
			total++
		}
		require.LessOrEqual(t, total, maxColumns+len(whole.extra))
		if !part.Read(line[:cut], &header) || part.Layout != whole.Layout || whole.Layout == iisLayout || strings.Contains(line, `"`) {
			return
		}
		for i := range len(part.Layout.Keys) - 1 {
			if part.texts[i] != "" && part.texts[i+1] != "" && part.Layout.Keys[i] != "" {
				require.Equal(t, whole.texts[i], part.texts[i], part.Layout.Keys[i])
			}
		}
	})
}
