// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// newLogs returns a payload of access-log records, by turns with the variables of nginx
// as attributes and with Caddy's JSON log as map body. Some records in between are not
// visits; newLogs returns their number.
func newLogs(requests []request) (plog.Logs, skips) {
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	skipped := skips{}
	for i, r := range requests {
		if i%2 == 0 {
			putNginx(records.AppendEmpty().Attributes(), r)
		} else {
			putCaddy(records.AppendEmpty().Body().SetEmptyMap(), r)
		}
		if i%5 == 0 {
			skipped.add(noVisitRecords(records, i))
		}
	}
	return ld, skipped
}

// putNginx writes the variables of nginx. All of them are texts.
func putNginx(m pcommon.Map, r request) {
	m.PutStr("msec", seconds(r.start.Add(r.duration)))
	m.PutStr("remote_addr", r.client)
	m.PutStr("request", r.method+" "+r.target()+" HTTP/2.0")
	m.PutStr("request_method", r.method)
	m.PutStr("request_uri", r.target())
	m.PutStr("uri", "/index.php") // rewritten by the server
	m.PutStr("host", r.host)
	m.PutStr("scheme", "https")
	m.PutStr("status", strconv.Itoa(r.status))
	m.PutStr("request_time", fmt.Sprintf("%.3f", r.duration.Seconds()))
	m.PutStr("body_bytes_sent", "5120")
	m.PutStr("http_user_agent", r.agent)
	m.PutStr("http_referer", orDash(r.referer))
	m.PutStr("http_x_forwarded_for", orDash(r.forwarded))
	m.PutStr("http_cookie", "session="+secret)
	m.PutStr("sent_http_content_type", orDash(r.contentType))
}

// putCaddy writes an entry of Caddy's access log as a JSON parser delivers it: each
// number is a double, and each header is a list.
func putCaddy(m pcommon.Map, r request) {
	m.PutStr("level", "info")
	m.PutStr("logger", "http.log.access.log0")
	m.PutStr("msg", "handled request")
	end, _ := strconv.ParseFloat(seconds(r.start.Add(r.duration)), 64)
	m.PutDouble("ts", end)
	m.PutDouble("duration", r.duration.Seconds())
	m.PutDouble("status", float64(r.status))
	m.PutDouble("size", 5120)
	sent := m.PutEmptyMap("request")
	sent.PutStr("remote_ip", "10.0.0.1")
	sent.PutStr("client_ip", r.client)
	sent.PutStr("proto", "HTTP/2.0")
	sent.PutStr("method", r.method)
	sent.PutStr("host", r.host)
	sent.PutStr("uri", r.target())
	headers := sent.PutEmptyMap("headers")
	putHeader(headers, "User-Agent", r.agent)
	putHeader(headers, "Referer", r.referer)
	putHeader(headers, "X-Forwarded-For", r.forwarded)
	putHeader(headers, "Authorization", "Basic "+secret)
	putHeader(m.PutEmptyMap("resp_headers"), "Content-Type", r.contentType)
}

// noVisitRecords adds a record for each reason to skip one.
func noVisitRecords(records plog.LogRecordSlice, i int) skips {
	application := records.AppendEmpty()
	application.Body().SetStr("cache warmed")
	application.Attributes().PutStr("status", "ok")
	application.Attributes().PutDouble("duration", 3)

	exception := records.AppendEmpty()
	exception.SetEventName("http.server.request.exception")
	putCurrent(exception.Attributes(), newRequest(900_000+i))

	asset := newRequest(900_000 + i)
	asset.path = "/assets/logo.svg"
	putNginx(records.AppendEmpty().Attributes(), asset)

	probe := newRequest(900_000 + i)
	probe.agent = "kube-probe/1.31"
	putCaddy(records.AppendEmpty().Body().SetEmptyMap(), probe)
	return skips{"not_access_log": 1, "exception_event": 1, "static_asset": 1, "health_check": 1}
}

// combinedLines returns lines in the combined format of Apache and nginx. After every
// tenth request comes a line of the error log.
func combinedLines(requests []request) (string, skips) {
	var lines strings.Builder
	skipped := skips{}
	for i, r := range requests {
		fmt.Fprintf(&lines, "%s - - [%s] \"%s %s HTTP/1.1\" %d 5120 \"%s\" \"%s\"\n",
			r.client, r.start.Format("02/Jan/2006:15:04:05 -0700"), r.method, r.target(), r.status, orDash(r.referer), r.agent)
		if i%10 == 0 {
			fmt.Fprintf(&lines, "%s [warn] 7#7: *%d an upstream response is buffered\n", r.start.Format("2006/01/02 15:04:05"), i)
			skipped["not_access_log"]++
		}
	}
	return lines.String(), skipped
}

// inCombined returns the requests with only what a line in the combined format has: no
// host, no duration, whole seconds, two headers.
func inCombined(requests []request) []request {
	reduced := make([]request, len(requests))
	for i, r := range requests {
		r.start = r.start.Truncate(time.Second)
		r.duration = -1
		r.host, r.forwarded, r.contentType = "", "", ""
		reduced[i] = r
	}
	return reduced
}

func seconds(t time.Time) string { return fmt.Sprintf("%d.%03d", t.Unix(), t.UnixMilli()%1000) }

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
