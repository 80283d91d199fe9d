// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Half of the sites are listed, and the others have files.
func TestEachOfManySitesGetsItsOwnVisitsOnce(t *testing.T) {
	t.Parallel()
	const sites = 400
	r := newManySitesRig(t, sites, sites/2)
	r.start()
	spans, records := r.ledger.requests(3, hostsOf(0, sites)...), r.ledger.requests(3, hostsOf(0, sites)...)
	strangers := []string{"www.stranger.example", "client001.example", "m.www.client001.example", "www.client001.example.net", "www.client400.example"}
	ofNobody := r.ledger.requests(4, strangers...)
	for i := 0; i < len(spans); i += perPayload {
		r.postTraces(newServerTraces(spans[i : i+perPayload]))
		logs, _ := newLogs(records[i : i+perPayload])
		r.postLogs(logs)
	}
	r.postTraces(newServerTraces(ofNobody))
	logs, _ := newLogs(ofNobody)
	r.postLogs(logs)
	r.awaitArrived(spans)
	r.awaitArrived(records)
	for _, destination := range bothDestinations {
		for _, signal := range []string{"traces", "logs"} {
			of := labels{"destination": string(destination), "signal": signal}
			r.waitCounter(sentMetric, of, len(spans))
			with := labels{"reason": "no_site"}
			maps.Copy(with, of)
			r.waitCounter(skippedMetric, with, len(ofNobody))
			assert.Zero(t, counter(r.scrape(), droppedMetric, of))
		}
	}
	r.stop()
	r.requireOnce(append(spans, records...))
	for _, destination := range bothDestinations {
		assert.Len(t, r.ledger.missing(destination, ofNobody), len(ofNobody), "what has no site reaches nobody")
	}
}

// forgeries are the places of a span in which a visitor can name another host.
var forgeries = map[string]func(m pcommon.Map, r request, other string){
	"X-Forwarded-Host": func(m pcommon.Map, _ request, other string) {
		putHeader(m, "http.request.header.x-forwarded-host", other)
	},
	"X-Forwarded-Host in upper case, with a port and a final dot": func(m pcommon.Map, _ request, other string) {
		putHeader(m, "http.request.header.x-forwarded-host", strings.ToUpper(other)+".:443")
	},
	"several of X-Forwarded-Host": func(m pcommon.Map, r request, other string) {
		values := m.PutEmptySlice("http.request.header.x-forwarded-host")
		values.AppendEmpty().SetStr(other)
		values.AppendEmpty().SetStr(r.host + ", " + other)
	},
	"Forwarded": func(m pcommon.Map, _ request, other string) {
		putHeader(m, "http.request.header.forwarded", "for=192.0.2.1;host="+other+";proto=https, host=\""+other+"\"")
	},
	"a second Host": func(m pcommon.Map, r request, other string) {
		values := m.PutEmptySlice("http.request.header.host")
		values.AppendEmpty().SetStr(r.host)
		values.AppendEmpty().SetStr(other)
	},
	"an absolute URL": func(m pcommon.Map, r request, other string) {
		m.PutStr("url.full", "https://"+other+r.target())
	},
	"an absolute request target": func(m pcommon.Map, r request, other string) {
		m.PutStr("http.target", "http://"+other+r.target())
	},
	"a path that begins with //": func(m pcommon.Map, r request, other string) {
		m.PutStr("url.path", "//"+other+r.path)
	},
	"a path that is a URL": func(m pcommon.Map, r request, other string) {
		m.PutStr("url.path", "http://user@"+other+":80"+r.path)
	},
}

// The server's own host is in each span and line, and decides.
func TestAVisitorCannotChooseTheSite(t *testing.T) {
	t.Parallel()
	const sites = 20
	r := newManySitesRig(t, sites, sites)
	r.start()
	other := hostOf(sites - 1)
	var all []request
	for name, forge := range forgeries {
		requests := r.ledger.requests(1, hostsOf(0, sites-1)...)
		td := ptrace.NewTraces()
		w := &spanWriter{to: td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans(), payload: payloads.Add(1)}
		for i, q := range requests {
			forge(w.server(q, name == "an absolute request target" || i%2 == 0).Attributes(), q, other)
		}
		r.postTraces(td)
		all = append(all, requests...)
	}
	lines := r.ledger.requests(4, hostsOf(0, sites-1)...)
	r.postLogs(virtualHostLines(lines, other))
	all = append(all, lines...)
	r.awaitArrived(all)
	r.stop()
	r.requireOnce(all)
}

// virtualHostLines are lines of Apache's combined format with the server's name and port
// first. Their request lines name another host.
func virtualHostLines(requests []request, other string) plog.Logs {
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for i, r := range requests {
		target := pick(i/3, "http://"+other+r.target(), "//"+other+r.target(), "https://"+strings.ToUpper(other)+":443"+r.target())
		records.AppendEmpty().Body().SetStr(fmt.Sprintf("%s:443 %s - - [%s] \"%s %s HTTP/1.1\" %d 5120 \"https://%s/\" \"%s\"",
			r.host, r.client, r.start.Format("02/Jan/2006:15:04:05 -0700"), r.method, target, r.status, other, "ExampleBot/1.0"))
	}
	return ld
}
