// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// monitoring is the folder of the dashboard and the alerts.
const monitoring = "../examples/monitoring"

// mayBeEmpty are panels of what need not happen, and of several sites.
var mayBeEmpty = map[string]bool{
	"Visits lost": true, "Visits lost, by reason": true, "Visits that waited": true, "Cut visits": true,
	"Visits by site": true, "Visits of sites that cannot be delivered": true,
}

// grafana fills in what Grafana does.
var grafana = strings.NewReplacer("$exporter", ".*", "$__range", "1m", "$__interval", "1m", "$__rate_interval", "1m")

// prometheus is a real Prometheus that scrapes a Collector.
type prometheus struct {
	*rig
	url string
}

func newPrometheus(t *testing.T) *prometheus {
	t.Helper()
	path := program(t, "prometheus")
	p := &prometheus{rig: newRig(t, fakeapi.Settings{})}
	rules, err := filepath.Abs(monitoring + "/alerts.yaml")
	require.NoError(t, err)
	config := fmt.Sprintf("global: {scrape_interval: 1s}\nrule_files: [%q]\nscrape_configs: [{job_name: c, static_configs: [{targets: [\"127.0.0.1:%s\"]}]}]\n",
		rules, p.env["E2E_METRICS_PORT"])
	require.NoError(t, os.WriteFile(p.dir+"/prometheus.yaml", []byte(config), 0o600))
	ports, err := collector.FreePorts(1)
	require.NoError(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", ports[0])
	p.url = "http://" + address
	p.start()
	process, err := collector.Launch(collector.Command{
		Path: path,
		Args: []string{"--config.file=" + p.dir + "/prometheus.yaml", "--storage.tsdb.path=" + p.dir + "/tsdb", "--web.listen-address=" + address},
		Log:  p.log,
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, process.Stop(context.Background())) })
	return p
}

// query returns how many series answer. Its error is what Prometheus says of the query.
func (p *prometheus) query(expression string) (series int, err error) {
	request, err := http.NewRequestWithContext(p.ctx, http.MethodGet, p.url+"/api/v1/query?query="+url.QueryEscape(expression), http.NoBody)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	var read struct {
		Error string
		Data  struct{ Result []json.RawMessage }
	}
	if err := json.NewDecoder(answer.Body).Decode(&read); err != nil {
		return 0, err
	}
	if read.Error != "" {
		return 0, errors.New(read.Error)
	}
	return len(read.Data.Result), nil
}

// come sends what agents and a person requested: a page, one that is not there, a picture.
func (p *prometheus) come() {
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for _, request := range []string{`/prices HTTP/1.1" 200|GPTBot/1.2`, `/old HTTP/1.1" 404|ChatGPT-User/1.0`, `/a.png HTTP/1.1" 200|GPTBot/1.2`, `/ HTTP/1.1" 200|curl/8.5`} {
		target, userAgent, _ := strings.Cut(request, "|")
		line := fmt.Sprintf("www.example.com 198.51.100.7 - - [%s] \"GET %s 612 \"-\" %q", time.Now().Format("02/Jan/2006:15:04:05 -0700"), target, userAgent)
		records.AppendEmpty().Body().SetStr(line)
	}
	p.postLogs(ld)
}

// panels are the queries of the dashboard by the title of their panel.
func panels(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(monitoring + "/dashboard.json")
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(text, &dashboard))
	all := map[string][]string{}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			all[panel.Title] = append(all[panel.Title], grafana.Replace(target.Expr))
		}
	}
	require.Greater(t, len(all), 10)
	return all
}

func TestLiveTheQueriesOfTheDashboardAnswerInPrometheus(t *testing.T) {
	p := newPrometheus(t)
	for title, expressions := range panels(t) {
		for _, expression := range expressions {
			p.eventually(func() error {
				p.come()
				series, err := p.query(expression)
				if err == nil && series == 0 && !mayBeEmpty[title] {
					err = errors.New("no series")
				}
				if err != nil {
					return fmt.Errorf("%s: %s: %w", title, expression, err)
				}
				return nil
			})
		}
	}
	agents, err := p.query(`sum by (agent, status_class) (otelcol_exporter_agent_visits_by_agent{agent=~"GPTBot|ChatGPT-User|other", destination="known_agents"})`)
	require.NoError(t, err)
	assert.Equal(t, 3, agents, "two agents, and whoever is none")
}

// TestLiveTheAlertsSayWhatTheyPromise runs alerts_test.yaml.
func TestLiveTheAlertsSayWhatTheyPromise(t *testing.T) {
	promtool := program(t, "promtool")
	for _, args := range [][]string{{"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		run := exec.CommandContext(t.Context(), promtool, args...)
		run.Dir = monitoring
		out, err := run.CombinedOutput()
		assert.NoError(t, err, string(out))
	}
}
