// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// replaceFile puts a new file in the old one's place, as secret managers do.
func replaceFile(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

func TestASecretInAFileCanBeReplacedWhileVisitsAreDelivered(t *testing.T) {
	for to, header := range map[fakeapi.Destination]string{fakeapi.KnownAgents: "Authorization", fakeapi.Scrunch: "X-Api-Key"} {
		t.Run(header, func(t *testing.T) {
			api := fixture.Listen(t)
			path := filepath.Join(t.TempDir(), "secret")
			replaceFile(t, path, "first-secret\n")
			cfg := knownAgentsConfig(api.URL())
			cfg.KnownAgents = &destination.KnownAgentsConfig{AccessTokenFile: path}
			if to == fakeapi.Scrunch {
				cfg = scrunchConfig(api.URL())
				cfg.Scrunch = &destination.ScrunchConfig{SiteID: fixture.SiteID, APIKeyFile: path}
			}
			batch := cfg.QueueConfig.Get().Batch.Get()
			batch.MinSize, batch.FlushTimeout = 0, 100*time.Millisecond
			r := newRig(t, cfg, componenttest.NewNopHost())
			deliver := func(n int) {
				t.Helper()
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a")))
				require.NoError(t, api.WaitVisits(t.Context(), to, n))
			}
			for i, secret := range []string{"first-secret", "other-secret"} {
				replaceFile(t, path, secret+"\n")
				deliver(i + 1)
				assert.Contains(t, api.Requests(to)[i].Header.Get(header), secret)
			}
			replaceFile(t, path, "")
			deliver(3)
			require.NoError(t, os.Remove(path))
			deliver(4)
			assert.Contains(t, api.Requests(to)[3].Header.Get(header), "other-secret", "the last one, while there is no new one")
			replaceFile(t, path, "${env:OTHER}")
			deliver(5)
			deliver(6)
			replaceFile(t, path, "third-secret\n")
			deliver(7)
			assert.Contains(t, api.Requests(to)[6].Header.Get(header), "third-secret")
			r.shutdown(t)
			assert.Equal(t, 3, r.observed.FilterMessageSnippet("cannot be used. The secret that it held before stays in use.").Len(), "empty, gone, a placeholder: each once")
			assert.Equal(t, 1, r.observed.FilterMessageSnippet("can be used again").Len())
			for _, line := range r.observed.All() {
				assert.NotContains(t, fmt.Sprint(line.Message, line.ContextMap()), path)
				assert.NotContains(t, fmt.Sprint(line.Message, line.ContextMap()), "OTHER")
			}
		})
	}
}

func TestAFileWithoutASecretIsRefusedAtStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for text, want := range map[string]string{
		"":             "`known_agents::access_token_file` is empty",
		"two words":    "`known_agents::access_token_file` holds a space",
		"${env:TOKEN}": "`known_agents::access_token_file` holds a placeholder",
	} {
		t.Run(want, func(t *testing.T) {
			replaceFile(t, path, text)
			cfg := knownAgentsConfig("")
			cfg.KnownAgents = &destination.KnownAgentsConfig{AccessTokenFile: path}
			err := confmap.Validate(cfg)
			require.ErrorContains(t, err, want)
			assert.NotContains(t, err.Error(), "two words")
		})
	}
	cfg := scrunchConfig("")
	cfg.Scrunch.APIKeyFile = path + ".gone"
	require.ErrorContains(t, confmap.Validate(cfg), "`scrunch::api_key` and `scrunch::api_key_file` are both set")
	cfg.Scrunch.APIKey = ""
	err := confmap.Validate(cfg)
	require.ErrorContains(t, err, "`scrunch::api_key_file` cannot be read")
	assert.NotContains(t, err.Error(), path, "it may be the secret itself")
}
