// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/confmap"
)

// variables replaces ${var:X} by X, as the Collector replaces variables of the environment.
type variables struct{}

func (variables) Retrieve(_ context.Context, uri string, _ confmap.WatcherFunc) (*confmap.Retrieved, error) {
	return confmap.NewRetrievedFromYAML([]byte(uri[len("var:"):]))
}
func (variables) Scheme() string                 { return "var" }
func (variables) Shutdown(context.Context) error { return nil }

// written is a file with a configuration.
type written struct{ text string }

func (w written) Retrieve(context.Context, string, confmap.WatcherFunc) (*confmap.Retrieved, error) {
	return confmap.NewRetrievedFromYAML([]byte(w.text))
}
func (written) Scheme() string                 { return "written" }
func (written) Shutdown(context.Context) error { return nil }

// resolved is a configuration after its variables have been replaced.
func resolved(t *testing.T, text string) *confmap.Conf {
	t.Helper()
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs: []string{"written:"},
		ProviderFactories: []confmap.ProviderFactory{
			confmap.NewProviderFactory(func(confmap.ProviderSettings) confmap.Provider { return written{text} }),
			confmap.NewProviderFactory(func(confmap.ProviderSettings) confmap.Provider { return variables{} }),
		},
	})
	require.NoError(t, err)
	conf, err := resolver.Resolve(t.Context())
	require.NoError(t, err)
	return conf
}

func TestAVariableMayHoldATextThatLooksLikeANumber(t *testing.T) {
	const text = "known_agents: { access_token: \"${var:31337}\" }\nvisits: { replace_in_paths: [{ pattern: \"${var:7}\", with: \"${var:true}\" }] }\n"
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, resolved(t, text).Unmarshal(cfg))
	assert.EqualValues(t, "31337", cfg.KnownAgents.AccessToken)
	assert.Equal(t, "7", cfg.Visits.Privacy.ReplaceInPaths[0].Pattern)

	err := resolved(t, text+"backpressure: sometimes\ntimeout: ${var:30}\n").Unmarshal(createDefaultConfig())
	require.ErrorContains(t, err, "2 faults:\n  `backpressure` is a text and has to be true or false: write one of these, without quotation marks\n  `timeout` is 30 without a unit")
	assert.NotContains(t, err.Error(), "31337")
}

func TestNothingIsAValueOfEachType(t *testing.T) {
	for path, at := range options(typeOfConfig, nil) {
		assert.NoError(t, confmap.NewFromStringMap(at(nil)).Unmarshal(createDefaultConfig()), path)
	}
}

// TestEachOptionHasWordsOfItsOwn gives each option values of other types. The Collector's
// decoder would say what they have to be in words of Go.
func TestEachOptionHasWordsOfItsOwn(t *testing.T) {
	values := []any{5, 2.5, true, "some text", []any{[]any{5}}, map[string]any{"colour": map[string]any{"x": []any{5}}}}
	for path, at := range options(typeOfConfig, nil) {
		for _, value := range values {
			err := confmap.NewFromStringMap(at(value)).Unmarshal(createDefaultConfig())
			if err == nil {
				continue
			}
			for _, word := range []string{"unconvertible", "expected", "invalid keys", "decode", "interface", "reflect"} {
				assert.NotContains(t, err.Error()[len(wrapped):], word, "%s: %v", path, value)
			}
		}
	}
}

// TestWhatTheCollectorReadsIsReadTheSame compares with the Collector's decoder alone.
func TestWhatTheCollectorReadsIsReadTheSame(t *testing.T) {
	for promise, text := range map[string]string{
		"variables in place of each type": "timeout: ${var:45s}\nretry_on_failure: { enabled: \"${var:true}\", max_elapsed_time: \"${var:0}\" }\nsending_queue: { queue_size: \"${var:5000000}\", batch: { flush_timeout: \"${var:2s}\" } }\n",
		"variables that hold lists":       "visits: { who: agents, agents: \"${var:[OurBot]}\", statuses: [\"${var:500}\", 2xx] }\nheaders: { X-A: \"${var:5}\" }\n",
		"a variable that is not set":      "sending_queue: { batch: { flush_timeout: \"${var:}\" } }\n",
		"numbers in other spellings":      "sending_queue: { queue_size: 1e7, num_consumers: 3.0 }\n",
		"one text in place of a list":     "visits: { exclude_paths: /a }\n",
		"blocks without keys":             "sending_queue:\nvisits:\nretry_on_failure: {}\n",
		"headers as a list":               "headers:\n  - name: X-A\n    value: b\n",
		"a zero in place of a duration":   "http2_ping_timeout: 0\nretry_on_failure: { max_elapsed_time: 0 }\n",
	} {
		t.Run(promise, func(t *testing.T) {
			type plain Config // without Unmarshal
			conf := resolved(t, "known_agents: { access_token: token-1 }\n"+text)
			want, got := createDefaultConfig().(*Config), createDefaultConfig().(*Config)
			require.NoError(t, conf.Unmarshal((*plain)(want)))
			require.NoError(t, conf.Unmarshal(got))
			assert.Equal(t, want, got)
			assert.NoError(t, got.Validate())
			assert.Empty(t, got.check().Doubts())
		})
	}
}

// TestBatchesAreOnUnlessTheyAreSwitchedOff is what docs/options.md says of batch::enabled.
func TestBatchesAreOnUnlessTheyAreSwitchedOff(t *testing.T) {
	for text, on := range map[string]bool{
		"known_agents: { access_token: token-1 }":                          true,
		"sending_queue: { batch: }":                                        true,
		"sending_queue: { batch: { enabled: true } }":                      true,
		"sending_queue: { batch: { enabled: false } }":                     false,
		"sending_queue: { num_consumers: 3, batch: { max_size: 200000 } }": true,
	} {
		cfg := createDefaultConfig().(*Config)
		require.NoError(t, resolved(t, text).Unmarshal(cfg))
		assert.Equal(t, on, cfg.QueueConfig.Get().Batch.HasValue(), text)
	}
}
