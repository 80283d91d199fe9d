// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// knownAgents are sites of Known Agents, each with a token of its own.
func knownAgents(directory string, hosts ...[]string) *destination.Sites {
	cfg := &destination.KnownAgentsConfig{SitesDirectory: directory}
	for i, h := range hosts {
		cfg.Sites = append(cfg.Sites, destination.KnownAgentsSite{Hosts: h, AccessToken: configopaque.String(fmt.Sprintf("s3cret-%d", i))})
	}
	return (&destination.Choice{KnownAgents: cfg}).Sites(nil, nil)
}

// rig is a registry of a directory, with what the log has.
type rig struct {
	*Registry
	t    *testing.T
	path string
	logs *observer.ObservedLogs
}

func newRig(t *testing.T, files map[string]string, listed ...[]string) *rig {
	t.Helper()
	r := &rig{t: t, path: t.TempDir()}
	for name, text := range files {
		r.write(name, text)
	}
	core, logs := observer.New(zap.InfoLevel)
	r.logs = logs
	var err error
	r.Registry, err = New(knownAgents(r.path, listed...), zap.New(core))
	require.NoError(t, err)
	return r
}

// write replaces a file as a careful program does.
func (r *rig) write(name, text string) {
	r.t.Helper()
	temporary := filepath.Join(r.path, "."+name)
	require.NoError(r.t, os.WriteFile(temporary, []byte(text), 0o600))
	require.NoError(r.t, os.Rename(temporary, filepath.Join(r.path, name)))
}

func (r *rig) remove(name string) {
	r.t.Helper()
	require.NoError(r.t, os.Remove(filepath.Join(r.path, name)))
}

// settle looks twice, after which a change counts.
func (r *rig) settle() {
	r.look()
	r.look()
}

// site is what a file holds.
func site(token string, hosts ...string) string {
	return fmt.Sprintf("hosts: [\"%s\"]\naccess_token: %s\n", strings.Join(hosts, `", "`), token)
}

// nameOf is the identity of the site that a host has, or empty.
func (r *rig) nameOf(host string) string {
	if s := r.Set().Of(host); s != nil {
		return s.Identity()
	}
	return ""
}

// said are the messages of the log since the last call.
func (r *rig) said() (messages []string) {
	for _, line := range r.logs.TakeAll() {
		messages = append(messages, fmt.Sprint(line.Message, line.ContextMap()))
	}
	return messages
}
