// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// carriers are the keys that log shippers and receivers put around a text, which lies
// under the first of them. They say nothing of the text's request.
var carriers = map[string]string{
	"Logstash":       `{"message":?,"@timestamp":"2026-05-04T09:15:02.158Z","host":"web1.example.net","path":"/var/log/access.log","type":"nginx"}`,
	"Logstash, TCP":  `{"message":?,"@timestamp":"2026-05-04T09:15:02.158Z","host":"10.9.9.9","port":51234}`,
	"Vector":         `{"message":?,"source_type":"syslog","source_ip":"198.51.100.9","host":"web1.example.net","timestamp":"2026-05-04T09:15:02.158Z"}`,
	"Filebeat":       `{"message":?,"@timestamp":"2026-05-04T09:15:02.158Z","log":{"file":{"path":"/x"},"source":{"address":"10.9.9.9:514"}},"host":{"name":"web1.example.net"},"source.address":"10.9.9.9:514"}`,
	"Fluentd":        `{"log":?,"stream":"stdout","time":1777886102.158,"host":"node-7.example.net","source":"/var/log/x","kubernetes":{"pod_name":"web","host":"node-7.example.net"}}`,
	"Graylog":        `{"short_message":?,"version":"1.1","host":"web1.example.net","source":"10.9.9.9","timestamp":1777886102.158,"level":6}`,
	"Datadog":        `{"message":?,"status":"info","timestamp":1777886102158,"hostname":"web1.example.net","host":"web1.example.net","ddsource":"nginx"}`,
	"Splunk":         `{"event":?,"time":1777886102.158,"host":"web1.example.net","source":"/var/log/x","fields":{"status":"500","user_agent":"splunk/9"}}`,
	"Google's agent": `{"jsonPayload.message":?,"insertId":"x","logName":"projects/p/logs/nginx","timestamp":"2026-05-04T09:15:02.158Z","resource":{"type":"gce_instance","labels":{"zone":"eu"}}}`,
	"a webhook":      `{"message":?,"http.header.user-agent":"Vector/0.4","url.path":"/ingest","client.address":"198.51.100.9","http.response.status_code":202}`,
	"a receiver":     `{"message":?,"net.peer.ip":"198.51.100.9","net.host.name":"collector.example.net","net.host.ip":"10.8.8.8"}`,
	"a program":      `{"msg":?,"time":"2026-05-04T09:15:02.158Z","path":"/srv/app.js","host":"web1.example.net","duration":7,"status":"ok"}`,
}

// carried are the ways in which a text can come in a carrier: as JSON, as a map, and as the
// body beside attributes.
func carried(t *testing.T, text, carrier string) (records [3]plog.LogRecord) {
	t.Helper()
	quoted, err := json.Marshal(text)
	require.NoError(t, err)
	body := strings.Replace(carrier, "?", string(quoted), 1)
	var keys map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &keys))
	records[0] = fixture.LineRecord(body)
	records[1] = plog.NewLogRecord()
	require.NoError(t, records[1].Body().SetEmptyMap().FromRaw(keys))
	name, _, _ := strings.Cut(carrier[len(`{"`):], `"`)
	delete(keys, name)
	records[2] = fixture.LineRecord(text)
	require.NoError(t, records[2].Attributes().FromRaw(keys))
	return records
}

// TestWhoCarriesALineSaysNothingOfItsRequest: the visit of a line in any carrier is that of
// the line, and what is no request becomes none. Only the time of a line that has none may
// be the carrier's.
func TestWhoCarriesALineSaysNothingOfItsRequest(t *testing.T) {
	files, err := filepath.Glob(fixture.InRoot("testdata/sources/*/lines.log"))
	require.NoError(t, err)
	lines, tr := 0, translation.New(translate.Config{})
	for _, file := range files {
		for line := range strings.Lines(fixture.ReadFile(t, file)) {
			if strings.HasPrefix(line, "#") || !utf8.ValidString(line) {
				continue // a header is of the lines that follow it; and JSON holds nothing else
			}
			lines++
			want, wantSkip := translateText(line)
			for name, carrier := range carriers {
				for way, record := range carried(t, line, carrier) {
					v, skip := tr.LogRecord(record)
					require.Equal(t, visit.SkipReasons[wantSkip], visit.SkipReasons[skip], "%s, %d: %s", name, way, line)
					if skip != visit.NotSkipped {
						continue
					}
					got := translation.Observe(v)
					if want.Start.Equal(fixture.Arrival) {
						got.Start = want.Start
					}
					require.Equal(t, want, got, "%s, %d: %s", name, way, line)
				}
			}
		}
	}
	assert.Greater(t, lines, 500)
}

func TestWhatStandsAroundATextSaysNothing(t *testing.T) {
	for _, text := range []string{fixture.CombinedLine, `{"method":"GET","path":"/a","status":200,"ip":"203.0.113.9"}`} {
		want, skip := translateText(text)
		require.Equal(t, visit.NotSkipped, skip)
		for _, around := range []string{"\ufeff?", "? \r\n", "?\x00", "?\x00\x00\n", "\x1b[32m?\x1b[0m", "\x1b[1;38;2;255;128;100;48;2;100;200;255m?\x1b[0m", "?\x1b[0m\r\n", "\ufeff2026-05-04T09:15:02.158Z stdout F ?", "2026-05-04T09:15:02.158Z stdout F \x1b[m?\x1b[0m"} {
			got, skip := translateText(strings.Replace(around, "?", text, 1))
			assert.Equal(t, visit.NotSkipped, skip, "%q", around)
			assert.Equal(t, want, got, "%q", around)
		}
	}
}

// TestNoVisitComesOfWhatACarrierSays has what is no request, and in which something else than
// the text says more.
func TestNoVisitComesOfWhatACarrierSays(t *testing.T) {
	for name, text := range map[string]string{
		"pairs of structured data":           `<134>1 2026-05-04T09:15:02Z web1 app 7 ID47 [x@32473 method="GET" path="/a" status="200" ip="203.0.113.9"] started`,
		"a message beside the JSON":          `{"message":"HTTP client request finished","method":"GET","path":"/a","status":200,"log":"{}"}`,
		"two messages":                       `{"log":"{}","msg":"Called upstream service","event":"x","method":"GET","path":"/a","status":200}`,
		"a message of Serilog":               `{"@t":"2026-05-04T09:15:02Z","@mt":"Called {Service}","Method":"GET","Path":"/a","StatusCode":200}`,
		"a rendered message":                 `{"RenderedMessage":"Sending a request","Properties":{"Method":"GET","Path":"/a","StatusCode":200,"UserAgent":"x"}}`,
		"a library's name in an event":       `{"event":{"name":"httpx","method":"GET","path":"/a","status":200,"user_agent":"x"}}`,
		"a format's name for a map":          `{"jsonPayload":{"elasticsearch":{"method":"POST","path":"/_bulk","status_code":200},"duration_ms":38}}`,
		"an audit log's key that comes last": `{"httpRequest":{"requestMethod":"GET","requestUrl":"/a","status":403},"protoPayload":{"methodName":"x","requestMetadata":{"callerIp":"203.0.113.9"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, skip := translateText(text)
			assert.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip])
		})
	}
}

// TestAnEventOfSplunkIsReadAsTheRecord: in ECS the same map has other keys.
// TestALoggerSaysWhoSentTheRequestOfItsText, as winston does of morgan's lines.
func TestALoggerSaysWhoSentTheRequestOfItsText(t *testing.T) {
	for _, logger := range []string{
		`{"message":?,"ip":"203.0.113.9","userAgent":"GPTBot/1.0"}`,
		`{"message":?,"client.address":"203.0.113.9","user_agent.original":"GPTBot/1.0"}`,
		`{"message":?,"client.address":"203.0.113.9","user_agent.original":"GPTBot/1.0","http.request.method":"GET","url.path":"/a","http.response.status_code":200}`,
	} {
		for i, record := range carried(t, "GET /a 200 3.2 ms - 512", logger) {
			v, skip := translation.New(translate.Config{}).LogRecord(record)
			require.Equal(t, visit.NotSkipped, skip, "%s %d", logger, i)
			assert.Equal(t, "GPTBot/1.0", v.Text[visit.UserAgent], "%s %d", logger, i)
			assert.Equal(t, "203.0.113.9", v.ClientIP, "%s %d", logger, i)
			assert.Equal(t, "/a", v.Path)
		}
	}
}

// TestAUserMayNameTheHostOfALog by an attribute that file_log adds to its lines.
func TestAUserMayNameTheHostOfALog(t *testing.T) {
	for key, host := range map[string]string{
		"url.domain": "www.example.com", "http.host": "www.example.com", "server.address": "www.example.com", "net.host.name": "", "host": "",
	} {
		record := fixture.LineRecord(`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /a HTTP/1.1" 200 512 "-" "curl/8.9.1"`)
		record.Attributes().PutStr(key, "www.example.com")
		v, skip := translation.New(translate.Config{}).LogRecord(record)
		require.Equal(t, visit.NotSkipped, skip)
		assert.Equal(t, host, v.Host, key)
	}
}

func TestAnEventOfSplunkIsReadAsTheRecord(t *testing.T) {
	for _, record := range []string{
		`{"ts":1777886102.158,"request":{"remote_port":"1","client_ip":"203.0.113.9","method":"GET","uri":"/a"},"duration":0.038,"status":200}`,
		`{"start_time":"2026-05-04T09:15:02.120Z","method":"GET","path":"/a","response_code":200,"response_flags":"-","duration":38,"user_agent":"x"}`,
		`{"time":"2026-05-04T09:15:02.158Z","method":"GET","path":"/a","status":200,"duration_ms":38,"user_agent":"x"}`,
	} {
		want, skip := translateText(record)
		require.Equal(t, visit.NotSkipped, skip)
		got, skip := translateText(`{"time":1777886102.158,"host":"web1.example.net","source":"/x","event":` + record + `}`)
		require.Equal(t, visit.NotSkipped, skip)
		got.Host = want.Host
		assert.Equal(t, want, got)
	}
}

// TestARecordThatFluentBitHasReadTwiceIsOneVisit: it may keep the text beside what it made of it.
func TestARecordThatFluentBitHasReadTwiceIsOneVisit(t *testing.T) {
	const record = `{"meta":{"req":{"method":"GET","url":"/a","headers":{"user-agent":"x"}},"res":{"statusCode":204}}}`
	want, skip := translateText(record)
	require.Equal(t, visit.NotSkipped, skip)
	quoted, err := json.Marshal(record)
	require.NoError(t, err)
	got, skip := translateText(`{"log":` + string(quoted) + `,"log_processed":` + record + `,"kubernetes":{"host":"node-7.example.net"}}`)
	require.Equal(t, visit.NotSkipped, skip)
	assert.Equal(t, want, got)
}

func TestTheTimeOfALogEntryMakesNoDuration(t *testing.T) {
	const start, after = `{"timestamp":"2026-05-04T09:15:02.158Z","jsonPayload":{"method":"GET","path":"/a","status":200,"user_agent":"x"`, `}}`
	v, skip := translateText(start + `,"start_time":"2026-05-04T09:15:02.120Z"` + after)
	require.Equal(t, visit.NotSkipped, skip)
	assert.Equal(t, visit.UnknownDuration, v.Duration)
	v, skip = translateText(start + after)
	require.Equal(t, visit.NotSkipped, skip)
	assert.Equal(t, 158*time.Millisecond, time.Duration(v.Start.Nanosecond()))
}
