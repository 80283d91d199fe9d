// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/confmap"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/schema"
)

const schemaID = "https://raw.githubusercontent.com/agentvisits/agentvisitsexporter/main/docs/agent_visits.schema.json"

const optionsPage = `# All options

<!-- written by: go test -run TestTheTableOfOptions . -update -->

Every key of the exporter ` + "`agent_visits`" + `, the Collector's own among them. ` + "`::`" + ` stands for one level of indentation. Required is
exactly one of the two blocks ` + "`known_agents` and `scrunch`" + `, with the keys that are called required there; all else may be
left out. Unknown keys, values of another type and values such as ` + "`timeout: 1ms`" + ` are refused at start; the message names the
remedy.

Write secrets as ` + "`${env:NAME}`" + `, or name a file that holds them. Never write them into the configuration. The exporter's
messages show no value of the type ` + "`secret`" + `, nor does the Collector's ` + "`print-config`" + ` without ` + "`--mode=unredacted`" + `. It shows a
password in ` + "`proxy_url`" + ` and those of ` + "`tls::tpm`" + `. Every other key may be such a reference, too. Durations are written as
` + "`30s` or `1h30m`" + `.

Editors complete and check the exporter's block with [agent_visits.schema.json](agent_visits.schema.json). With the YAML
language server, this is the first line of the Collector's configuration:

` + "```yaml\n# yaml-language-server: $schema=" + schemaID + "\n```" + `
`

const core = "https://github.com/open-telemetry/opentelemetry-collector/blob/v0.158.0/"

// groups are the parts of the page of options, with the keys of the top level in each. The
// last one has all that are left.
var groups = []struct {
	heading string
	keys    []string
}{
	{"## The destination", []string{"known_agents", "scrunch", "endpoint", "max_sites_in_metrics"}},
	{"## What counts, and what leaves", []string{"visits"}},
	{
		"## Waiting and trying again\n\nThe Collector's [exporterhelper](" + core + "exporter/exporterhelper/README.md)\n" +
			"describes `sending_queue` and `retry_on_failure` further. What becomes of visits by them: [delivery.md](delivery.md).",
		[]string{"backpressure", "timeout", "sending_queue", "retry_on_failure"},
	},
	{
		"## The connection\n\nThese are the Collector's own: [confighttp](" + core + "config/confighttp/README.md) and\n" +
			"[configtls](" + core + "config/configtls/README.md) describe them further.",
		nil,
	},
}

// writeOptionsPage is the page of options. A line of testdata/options/meanings.md stands
// instead of the comment in the source.
func writeOptionsPage(t *testing.T) string {
	t.Helper()
	said := maps.Clone(meanings)
	for _, row := range fixture.TableRows(fixture.ReadFile(t, "testdata/options/meanings.md")) {
		if key, isOption := strings.CutPrefix(row[0], "`"); isOption {
			said[strings.TrimSuffix(key, "`")] = row[1]
		}
	}
	rest := described(t, said)
	var page strings.Builder
	page.WriteString(optionsPage)
	for _, group := range groups {
		var chosen []schema.Option
		for _, key := range group.keys {
			i := slices.IndexFunc(rest, func(o schema.Option) bool { return o.Key == key })
			require.NotEqual(t, -1, i, key)
			chosen, rest = append(chosen, rest[i]), slices.Delete(rest, i, i+1)
		}
		if group.keys == nil {
			chosen = rest
		}
		fmt.Fprintf(&page, "\n%s\n\n%s", group.heading, schema.Table(chosen))
	}
	for path := range said {
		fixture.AssertMentions(t, page.String(), "| `"+path+"` |", "it is no option")
	}
	return page.String()
}

// choices are the texts that options may have. TestChoicesAreThoseThatTheConfigurationTakes
// compares them with what the checks say.
var choices = map[string][]string{
	"visits::client_ip::mode": {"full", "truncate", "omit"},
	"visits::query::mode":     {"redact", "keep", "drop"},
	"visits::who":             {"everybody", "agents", "agents_and_referred"},
}

// meanings are those of the Collector's own options that mean something more here.
var meanings = map[string]string{
	"endpoint":                           "The base URL of the API; the exporter adds the path. By default it is the vendor's own.",
	"timeout":                            "For one HTTP request.",
	"compression":                        "Off by default, because neither vendor documents that it reads compressed bodies.",
	"http2_read_idle_timeout":            "A connection on which nothing came for so long is asked for a sign of life.",
	"sending_queue::queue_size":          "How much may wait, in what sizer counts: bytes as they are sent.",
	"sending_queue::storage":             "A storage extension. With it the queue survives a restart.",
	"sending_queue::batch::max_size":     "The largest body of a request, from 131072 to 1000000 bytes.",
	"retry_on_failure::max_elapsed_time": "0 is no limit. Otherwise 15m or more.",
}

// described are the options of the exporter.
func described(t *testing.T, said map[string]string) []schema.Option {
	t.Helper()
	comments, err := schema.ReadComments(t.Context(), "./...",
		"go.opentelemetry.io/collector/config/...", "go.opentelemetry.io/collector/exporter/exporterhelper/...")
	require.NoError(t, err)
	defaults := confmap.New()
	require.NoError(t, defaults.Marshal(createDefaultConfig()))
	for _, key := range []string{"sending_queue::enabled", "sending_queue::sizer", "sending_queue::batch::enabled", "sending_queue::batch::sizer"} {
		require.NoError(t, defaults.Merge(confmap.NewFromStringMap(nested(key, defaultOf(defaults, key)))))
	}
	return schema.Describe(reflect.TypeFor[Config](), schema.Source{Comments: comments, Defaults: defaults.ToStringMap(), Choices: choices, Meanings: said})
}

// nested is the map in which a key with "::" has a value.
func nested(key string, value any) map[string]any {
	first, rest, isDeeper := strings.Cut(key, "::")
	if !isDeeper {
		return map[string]any{key: value}
	}
	return map[string]any{first: nested(rest, value)}
}

func TestTheSchemaIsThatOfTheConfiguration(t *testing.T) {
	text, err := json.MarshalIndent(schema.JSON("agent_visits", schemaID, described(t, meanings)), "", " ")
	require.NoError(t, err)
	fixture.RequireFile(t, "docs/agent_visits.schema.json", string(text)+"\n")
}

func TestTheTableOfOptionsIsThatOfTheConfiguration(t *testing.T) {
	fixture.RequireFile(t, "docs/options.md", writeOptionsPage(t))
}

func TestChoicesAreThoseThatTheConfigurationTakes(t *testing.T) {
	for path, words := range choices {
		conf := confmap.NewFromStringMap(nested(path, "nonsense"))
		require.NoError(t, conf.Merge(confmap.NewFromStringMap(nested("known_agents::access_token", fixture.Key))))
		cfg := createDefaultConfig().(*Config)
		require.NoError(t, conf.Unmarshal(cfg))
		err := confmap.Validate(cfg)
		require.Error(t, err, path)
		for _, word := range words {
			assert.ErrorContains(t, err, word, path)
		}
	}
}
