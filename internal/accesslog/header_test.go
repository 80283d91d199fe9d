// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// headerOf reads the lines of a header.
func headerOf(lines ...string) Header {
	var h Header
	for _, line := range lines {
		h, _ = h.With(line)
	}
	return h
}

func TestColumnsAreNamedByTheHeader(t *testing.T) {
	for name, c := range map[string]struct {
		header, line string
		want         map[string]string
		writing      Writing
	}{
		"IIS with the host and custom columns": {
			"#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method cs-uri-stem c-ip cs(User-Agent) cs-host sc-status time-taken X-Forwarded-For OriginalIP",
			"2026-05-04 09:15:02 GET /p 203.0.113.9 curl/8+(x) www.example.com 200 38 198.51.100.7 -",
			map[string]string{"cs-method": "GET", "cs-uri-stem": "/p", "c-ip": "203.0.113.9", "cs(User-Agent)": "curl/8+(x)", "cs-host": "www.example.com", "sc-status": "200", "duration_ms": "38", "x-forwarded-for": "198.51.100.7"},
			WithPlus,
		},
		"NetScaler": {
			"#Version: 1.0\n#Software: Netscaler Web Logging(NSWL)\n#Fields: date time c-ip cs-username sc-servicename s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status cs-bytes sc-bytes time-taken cs-version cs(User-Agent) cs(Cookie) cs(Referer)",
			"2026-05-04 09:15:02 203.0.113.9 - HTTP 10.0.0.7 80 GET /p q 200 247 355 1 HTTP/1.1 curl/8+(x) - https://chatgpt.com/",
			map[string]string{"cs-method": "GET", "cs-uri-stem": "/p", "cs-uri-query": "q", "c-ip": "203.0.113.9", "cs(User-Agent)": "curl/8+(x)", "cs(Referer)": "https://chatgpt.com/", "sc-status": "200", "duration_s": "1"},
			WithPlus,
		},
		"texts in quotation marks, one of them with a mark": {
			"#Software: IIS Advanced Logging Module\n#Fields:  date-local time-local  cs-method cs-uri-stem c-ip cs(User-Agent) cs(Host) sc-status TimeTakenMS",
			`2026-05-04 09:15:02.120 GET /p "203.0.113.9" "curl/8 (""x"") y" - 200 38`,
			map[string]string{"cs-method": "GET", "cs-uri-stem": "/p", "c-ip": "203.0.113.9", "cs(User-Agent)": `curl/8 ("x") y`, "sc-status": "200", "duration_ms": "38"},
			Verbatim,
		},
		"host and path in one column": {
			"#Software: Incapsula LOGS API\n#Fields: date time c-ip cs(User-Agent) cs-uri cs(Referrer) cs-method cs-uri-query sc-status s-xff",
			`"2026-05-04" "09:15:02" "203.0.113.9" "curl/8 (x)" "www.example.com/p" "" "GET" "q" "200" "198.51.100.7"`,
			map[string]string{"cs-method": "GET", "request_uri": "/p", "cs-host": "www.example.com", "cs-uri-query": "q", "c-ip": "203.0.113.9", "cs(User-Agent)": "curl/8 (x)", "sc-status": "200", "x-forwarded-for": "198.51.100.7"},
			Verbatim,
		},
		"a URL in one column, runs of blanks, and a unit that is not known": {
			"#Fields:  c-ip  date  time  cs-method  cs-uri  sc-status  bytes  time-taken  cs(User-Agent)",
			`203.0.113.9      2026-05-04   09:15:02   GET  https://www.example.com/p?q    200   -   370879   "curl/8 [x]"`,
			map[string]string{"cs-method": "GET", "url": "https://www.example.com/p?q", "c-ip": "203.0.113.9", "cs(User-Agent)": "curl/8 [x]", "sc-status": "200"},
			Verbatim,
		},
		"CloudFront with fields of its second version": {
			"#Version: 1.0\n#Fields: timestamp(ms) c-country cs-method cs-uri-stem sc-status cs(User-Agent) x-host-header x-edge-location",
			"1777886102120\tDE\tGET\t/p\t200\tcurl/8%20(x)\twww.example.com\tFRA2",
			map[string]string{"msec": "1777886102120", "cs-method": "GET", "cs-uri-stem": "/p", "sc-status": "200", "cs(User-Agent)": "curl/8%20(x)", "x-host-header": "www.example.com"},
			WithPercent,
		},
		"CloudFront, of whose own columns only the host is among the fields": {
			"#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status x-host-header cs(User-Agent) time-taken",
			"2026-05-04\t09:15:02\t203.0.113.9\tGET\t/p\t200\twww.example.com\tcurl/8%20(x)\t0.120",
			map[string]string{"cs-method": "GET", "cs-uri-stem": "/p", "c-ip": "203.0.113.9", "sc-status": "200", "cs(User-Agent)": "curl/8%20(x)", "x-host-header": "www.example.com", "duration_s": "0.120"},
			WithPercent,
		},
		"IIS with a custom column that CloudFront has, too": {
			"#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method cs-uri-stem sc-status time-taken x-host-header",
			"2026-05-04 09:15:02 GET /p 200 38 www.example.com",
			map[string]string{"cs-method": "GET", "cs-uri-stem": "/p", "sc-status": "200", "duration_ms": "38", "x-host-header": "www.example.com"},
			WithPlus,
		},
		"the same, and no line with the software": {
			"#Fields: date time cs-method cs-uri-stem sc-status sc-substatus time-taken x-host-header",
			"2026-05-04 09:15:02 GET /p 200 0 38 www.example.com",
			map[string]string{"cs-method": "GET", "cs-uri-stem": "/p", "sc-status": "200", "duration_ms": "38", "x-host-header": "www.example.com"},
			WithPlus,
		},
		"IIS with a custom column that has a name of CloudFront's own": {
			"#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method cs-uri-stem cs(User-Agent) sc-status sc-substatus time-taken x-edge-location",
			"2026-05-04 09:15:02 GET /p curl/8+(x) 200 0 38 FRA2",
			map[string]string{"cs-method": "GET", "cs-uri-stem": "/p", "cs(User-Agent)": "curl/8+(x)", "sc-status": "200", "duration_ms": "38"},
			WithPlus,
		},
		"a quotation mark that a visitor sent to IIS": {
			"#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method cs-uri-stem cs(User-Agent) cs(Referer) sc-status",
			`2026-05-04 09:15:02 GET /p "a b" 200`,
			map[string]string{"cs-method": "GET", "cs-uri-stem": "/p", "cs(User-Agent)": `"a`, "cs(Referer)": `b"`, "sc-status": "200"},
			WithPlus,
		},
	} {
		t.Run(name, func(t *testing.T) {
			header := headerOf(strings.Split(c.header, "\n")...)
			var columns Columns
			require.True(t, columns.Read(c.line, &header))
			got := map[string]string{}
			for key, text := range columns.All() {
				if text != "" && text != "-" && !strings.HasPrefix(key, "http.re") {
					got[key] = text
				}
			}
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.writing, columns.Writing)
		})
	}
}

// TestLinesThatDoNotFitTheHeaderAreNotRead: the columns of such a line are not what
// their names say.
func TestLinesThatDoNotFitTheHeaderAreNotRead(t *testing.T) {
	header := headerOf("#Software: Netscaler Web Logging(NSWL)", "#Fields: date time c-ip cs-method cs-uri-stem cs(User-Agent) cs(Referer) sc-status sc-bytes")
	for name, line := range map[string]string{
		"a blank got through":                          "2026-05-04 09:15:02 203.0.113.9 GET /p curl/8 x - 200 512",
		"a blank got through, and the line is cut off": "2026-05-04 09:15:02 203.0.113.9 GET /p curl/8 x - 200",
		"two blanks got through, and a mark hides one": `2026-05-04 09:15:02 203.0.113.9 GET /p "curl/8 x - - 200 512"`,
		"cut off":            "2026-05-04 09:15:02 203.0.113.9 GET /p curl/8",
		"the method is none": "2026-05-04 09:15:02 203.0.113.9 - /p curl/8 - 200 512",
		"the client is none": "2026-05-04 09:15:02 x GET /p curl/8 - 200 512",
		"a tab got through":  "2026-05-04 09:15:02 203.0.113.9 GET /p\tq curl/8 x - 200 512",
	} {
		t.Run(name, func(t *testing.T) {
			var columns Columns
			assert.False(t, columns.Read(line, &header))
			assert.True(t, header.Owns(line), "no other format is tried")
		})
	}
	assert.False(t, header.Owns(`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 200 512`))
	assert.False(t, (&Header{}).Owns("2026-05-04 09:15:02 x"))
}

// TestALineThatIsCutOffIsNotReadByForm: it could be whole with fewer columns.
func TestALineThatIsCutOffIsNotReadByForm(t *testing.T) {
	const whole = "2026-05-04 09:15:02 10.0.0.7 GET /p - 443 - 203.0.113.9 curl/8 - 200 0 0 1437 534 38"
	cut := whole[:len(whole)-len(" 534 38")]
	header := headerOf("#Software: Microsoft Internet Information Services 10.0", "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken")
	var c Columns
	assert.True(t, c.Read(whole, &header))
	assert.False(t, c.Read(cut, &header))
	assert.True(t, c.Read(cut, &Header{}), "without a header it cannot be told")
	assert.True(t, c.Read(whole+" x", &header), "another file of the same name has one more field")
	assert.True(t, c.Read("2026-05-04 09:15:02 W3SVC7 10.0.0.7 GET /p - 443 - 203.0.113.9 curl/8 200 0 0", &header), "another file of the same name has fewer fields")
}

func TestLogsOfOtherProtocolsHoldNoRequests(t *testing.T) {
	for name, c := range map[string]struct{ fields, line string }{
		"the errors of http.sys": {"date time c-ip c-port s-ip s-port cs-version cs-method cs-uri streamid sc-status s-siteid s-reason s-queuename", "2026-05-04 09:15:02 203.0.113.9 4711 10.0.0.4 80 HTTP/1.1 GET /p - 503 1 QueueFull Shop"},
		"FTP":                    {"date time c-ip cs-username s-ip s-port cs-method cs-uri-stem sc-status sc-win32-status sc-substatus x-session x-fullpath", "2026-05-04 09:15:02 203.0.113.9 alice 10.0.0.4 21 RETR /p 226 0 0 0f1e /p"},
		"FTP of older versions":  {"time c-ip cs-method cs-uri-stem sc-status", "09:15:02 203.0.113.9 [7]created /p 226"},
		"FTP, a plain command":   {"time c-ip cs-method cs-uri-stem sc-status", "09:15:02 203.0.113.9 RETR /p 226"},
		"SMTP":                   {"date time c-ip cs-method cs-uri-stem sc-status cs-version cs(User-Agent)", "2026-05-04 09:15:02 203.0.113.9 MAIL - 250 SMTP -"},
		"no status":              {"date time c-ip cs-method cs-uri-stem", "2026-05-04 09:15:02 203.0.113.9 GET /p"},
		"no path":                {"date time c-ip cs-method cs-uri-query sc-status", "2026-05-04 09:15:02 203.0.113.9 GET q 200"},
		"streams of CloudFront":  {"date time x-edge-location c-ip x-event sc-bytes x-cf-status cs-uri-stem", "2026-05-04 09:15:02 FRA2 203.0.113.9 play 512 OK rtmp://www.example.com/p"},
	} {
		t.Run(name, func(t *testing.T) {
			header := headerOf("#Fields: " + c.fields)
			var columns Columns
			assert.False(t, columns.Read(c.line, &header))
		})
	}
}

// TestAColumnOfIISMayHaveAnyName: its administrator chooses that of a custom field.
func TestAColumnOfIISMayHaveAnyName(t *testing.T) {
	for name := range strings.FieldsSeq("x-session x-fullpath r-region r-host s-reason cs-categories s-hierarchy status host weird(name) x.y cs( -") {
		header := headerOf("#Fields: date time cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken " + name)
		var columns Columns
		if !assert.True(t, columns.Read("2026-05-04 09:15:02 GET /p q 203.0.113.9 curl/8 200 0 0 38 404", &header), name) {
			continue
		}
		for key, text := range columns.All() {
			if key == "sc-status" {
				assert.Equal(t, "200", text, name)
			}
		}
	}
	proxy := headerOf("#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query cs(User-Agent) sc-status r-host")
	assert.False(t, new(Columns).Read("2026-05-04 09:15:02 203.0.113.9 GET /p q curl/8 200 www.example.net", &proxy))
}

func TestUnusualMethodsCountIfTheLineShowsHTTP(t *testing.T) {
	header := headerOf("#Fields: date time cs-method cs-uri-stem sc-status cs-version cs(User-Agent)")
	for line, want := range map[string]bool{
		"2026-05-04 09:15:02 GET /p 200 - -":         true,
		"2026-05-04 09:15:02 BREW /p 405 HTTP/1.1 -": true,
		"2026-05-04 09:15:02 BREW /p 405 - curl/8":   true,
		"2026-05-04 09:15:02 BREW /p 405 - -":        false,
	} {
		var columns Columns
		assert.Equal(t, want, columns.Read(line, &header), line)
	}
}

func TestAHeaderInMidFileChangesTheColumns(t *testing.T) {
	before := headerOf("#Software: Microsoft Internet Information Services 10.0", "#Date: 2026-05-04 00:00:00", "#Fields: date time cs-method cs-uri-stem sc-status")
	after, changed := before.With("#Fields: date time cs-method cs-uri-stem c-ip sc-status")
	require.True(t, changed)
	var columns Columns
	assert.True(t, columns.Read("2026-05-04 09:15:02 GET /p 203.0.113.9 200", &after))
	assert.False(t, columns.Read("2026-05-04 09:15:02 GET /p 200", &after))
	_, changed = after.With("#Fields: date time cs-method cs-uri-stem c-ip sc-status")
	assert.False(t, changed, "the same header again")
	later, changed := headerOf("#Fields: date time cs-method cs-uri-stem sc-status time-taken").With("#Software: Microsoft Internet Information Services 10.0")
	require.True(t, changed)
	assert.Contains(t, later.Layout.Keys, "duration_ms", "the software may come last")
}

func TestTimesAreReadInUTCUnlessTheyAreLocal(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	at := time.Date(2026, time.May, 4, 9, 15, 2, 0, time.UTC)
	for name, c := range map[string]struct {
		header, line string
		want         time.Time // zero: none
	}{
		"day and time":           {"#Fields: date time cs-method cs-uri-stem sc-status", "2026-05-04 09:15:02 GET /p 200", at},
		"a fraction":             {"#Fields: date time cs-method cs-uri-stem sc-status", "2026-05-04 09:15:02.120 GET /p 200", at.Add(120 * time.Millisecond)},
		"local time":             {"#Fields: date-local time-local cs-method cs-uri-stem sc-status", "2026-05-04 11:15:02 GET /p 200", at},
		"local time and UTC":     {"#Fields: date-local time-local date time cs-method cs-uri-stem sc-status", "2026-05-05 01:15:02 2026-05-04 09:15:02 GET /p 200", at},
		"the day of the header":  {"#Date: 2026-05-04 08:00:00\n#Fields: time cs-method cs-uri-stem sc-status", "09:15:02 GET /p 200", at},
		"after midnight":         {"#Date: 2026-05-03 16:00:00\n#Fields: time cs-method cs-uri-stem sc-status", "09:15:02 GET /p 200", at},
		"just before the header": {"#Date: 04/May/2026 09:15:04\n#Fields: time cs-method cs-uri-stem sc-status", "09:15:02 GET /p 200", at},
		"no day at all":          {"#Fields: time cs-method cs-uri-stem sc-status", "09:15:02 GET /p 200", time.Time{}},
		"no time at all":         {"#Date: 2026-05-04 08:00:00\n#Fields: cs-method cs-uri-stem sc-status", "GET /p 200", time.Time{}},
		"a year that cannot be":  {"#Fields: date time cs-method cs-uri-stem sc-status", "9026-05-04 09:15:02 GET /p 200", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			header := headerOf(strings.Split(c.header, "\n")...)
			var columns Columns
			require.True(t, columns.Read(c.line, &header))
			nanos, ok := columns.Time.In(zone, &header)
			if assert.Equal(t, !c.want.IsZero(), ok); ok {
				assert.Equal(t, c.want, time.Unix(0, nanos).UTC())
			}
		})
	}
}

// TestTheLinesOfAHeaderComeInAnyOrder: WebLogic writes its name after the columns.
func TestTheLinesOfAHeaderComeInAnyOrder(t *testing.T) {
	const fields, software, start = "#Fields: date time cs-method cs-uri-stem sc-status time-taken", "#Software: Microsoft Internet Information Services 10.0", "#Start-Date: 2026-05-04 09:00:00"
	for _, lines := range [][]string{{software, start, fields}, {fields, software, start}, {start, fields, software}} {
		header := headerOf(lines...)
		assert.Contains(t, header.Layout.Keys, "duration_ms", lines)
		assert.False(t, header.Layout.IsStart, lines)
	}
	header := headerOf(software, "#Fields: date time cs-method cs-uri-stem sc-status time-taken x-edge-location")
	assert.Contains(t, header.Layout.Keys, "duration_s", "CloudFront names no software, so that of another log can stand before it")
	for _, lines := range [][]string{{start, fields}, {fields, start}} {
		header := headerOf(lines...)
		assert.Contains(t, header.Layout.Keys, "duration_ms", "ASP.NET Core")
		assert.True(t, header.Layout.IsStart, "ASP.NET Core")
	}
}

func TestOtherCommentsChangeNothing(t *testing.T) {
	for _, line := range []string{"#", "# a comment", "#Remark: x", "#Date: soon", "#Fields", "#Fields: " + strings.Repeat("x", maxFieldsBytes), "#GMT-Offset: -0800"} {
		_, changed := Header{}.With(line)
		assert.False(t, changed, line)
	}
	h, _ := Header{}.With("#Fields: " + strings.Repeat("x ", maxColumns+1))
	assert.Nil(t, h.Layout, "too many columns")
	h, _ = Header{}.With("\ufeff#Fields: date time cs-method cs-uri-stem sc-status")
	assert.NotNil(t, h.Layout, "after a byte order mark")
}
