// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// The users of a stock Debian: nginx and Apache write as www-data, and the group adm may
// read. The Collector's own user has no name here.
const (
	webServer     = 33
	adm           = 4
	collectorUser = 47317
)

// stock is a rig with the recipe for log files of docs/access-logs.md, on a machine as Debian
// installs it: a log of 0640 www-data:adm, and a /var/lib without the Collector's folder.
// The Collector runs as a user without rights.
type stock struct {
	*rig
	groups string // for setpriv
}

func newStock(t *testing.T) *stock {
	t.Helper()
	setpriv, err := exec.LookPath("setpriv")
	if os.Getuid() != 0 || err != nil {
		t.Skip("Only root can start a Collector as another user, with setpriv of util-linux.")
	}
	s := &stock{newRig(t, fakeapi.Settings{}), "--clear-groups"}
	for _, folder := range []string{filepath.Dir(s.dir), s.dir} {
		require.NoError(t, os.Chmod(folder, 0o755))
	}
	for _, folder := range []string{s.logs(), s.varLib()} {
		require.NoError(t, os.Mkdir(folder, 0o755))
	}
	require.NoError(t, os.WriteFile(s.logs()+"/access.log", []byte("what was there before\n"), 0o600))
	require.NoError(t, os.Chown(s.logs()+"/access.log", webServer, adm))
	require.NoError(t, os.Chmod(s.logs()+"/access.log", 0o640))

	s.configs = nil
	for name, text := range map[string]string{"recipe.yaml": recipe(t, s.logs(), s.varLib()+"/otelcol/visits"), "rig.yaml": s.read("rotated.yaml")} {
		require.NoError(t, os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644))
	}
	s.env["KNOWN_AGENTS_ACCESS_TOKEN"], s.env["SCRUNCH_SITE_ID"], s.env["SCRUNCH_API_KEY"] = accessToken, siteID, apiKey
	require.NoError(t, os.Symlink(setpriv, s.dir+"/setpriv"))
	return s
}

func (s *stock) logs() string   { return s.dir + "/nginx" }
func (s *stock) varLib() string { return s.dir + "/lib" }

// read returns a file of testdata.
func (s *stock) read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(s.t, err)
	return string(text)
}

// launch starts the Collector as its user. The user reads a copy, because the folder of this
// repository may be closed to others.
func (s *stock) launch() {
	s.t.Helper()
	program := s.dir + "/otelcol"
	if _, err := os.Stat(program); err != nil {
		require.NoError(s.t, copyProgram(program))
	}
	user := strconv.Itoa(collectorUser)
	env := make([]string, 0, len(s.env))
	for name, value := range s.env {
		env = append(env, name+"="+value)
	}
	var err error
	s.process, err = collector.Launch(collector.Command{
		Path: s.dir + "/setpriv",
		Args: []string{
			"--reuid", user, "--regid", user, s.groups, "--inh-caps=-all", program,
			"--config", s.dir + "/recipe.yaml", "--config", s.dir + "/rig.yaml", "--feature-gates=stanza.synchronousLogEmitter",
		},
		Env: env, Log: s.log,
	})
	require.NoError(s.t, err)
}

func copyProgram(to string) error {
	from, err := os.Open(collectorPath)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	file, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}

// giveFolder makes what the recipe's StateDirectory makes.
func (s *stock) giveFolder() {
	s.t.Helper()
	folder := s.varLib() + "/otelcol"
	require.NoError(s.t, os.Mkdir(folder, 0o755))
	require.NoError(s.t, os.Chown(folder, collectorUser, collectorUser))
}

// visit writes a line as the web server does, and waits for it at both destinations.
func (s *stock) visit() {
	s.t.Helper()
	log, err := os.OpenFile(s.logs()+"/access.log", os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(s.t, err)
	_, err = fmt.Fprintf(log, "198.51.100.7 - - [%s] \"GET /prices HTTP/1.1\" 200 512 \"-\" \"GPTBot/1.2\"\n", time.Now().Format("02/Jan/2006:15:04:05 -0700"))
	require.NoError(s.t, err)
	require.NoError(s.t, log.Close())
	s.waitVisits(1)
}

// assertOneLine checks that what is wrong stands in one line, without a stack trace, and that
// the recipe explains it.
func (s *stock) assertOneLine(fault string, parts ...string) {
	s.t.Helper()
	page, err := os.ReadFile("../docs/access-logs.md")
	require.NoError(s.t, err)
	assert.Contains(s.t, string(page), "| `"+fault+"`", "the table under Rights explains it")
	require.NoError(s.t, s.awaitLine(parts...))
	for line := range strings.Lines(s.log.String()) {
		assert.False(s.t, strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "goroutine "), "a stack trace: %s", line)
	}
}

func TestAMissingStorageFolderIsSaidInOneLine(t *testing.T) {
	s := newStock(t)
	s.launch()
	require.Error(t, s.process.Wait(s.ctx), "it ends by itself")
	s.assertOneLine("mkdir /var/lib/otelcol: permission denied", "mkdir "+s.varLib()+"/otelcol: permission denied")
}

func TestALogThatMayNotBeReadIsSaidInOneLine(t *testing.T) {
	s := newStock(t)
	s.giveFolder()
	s.launch()
	s.assertOneLine("Failed to open file - unreadable", "Failed to open file - unreadable", s.logs()+"/access.log", "permission denied")
}

func TestTheGroupAndTheFolderOfTheRecipeAreEnough(t *testing.T) {
	s := newStock(t)
	s.giveFolder()
	s.groups = fmt.Sprintf("--groups=%d", adm)
	s.launch()
	s.awaitReading()
	s.visit()
	s.stop()
	assert.NotContains(t, s.log.String(), "permission denied")
}

// awaitReading waits until both receivers have the log. They begin at its end.
func (s *stock) awaitReading() {
	s.t.Helper()
	for _, receiver := range []string{"file_log/known_agents", "file_log/scrunch"} {
		require.NoError(s.t, s.awaitLine("Started watching file", receiver))
	}
}
