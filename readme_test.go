// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/confmap"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// optionKeys are the keys that this module's structs add to a configuration, with
// those above them, as in scrunch::site_id.
func optionKeys(of reflect.Type, above string) []string {
	var keys []string
	for i := range of.NumField() {
		f := of.Field(i)
		name, mode, _ := strings.Cut(f.Tag.Get("mapstructure"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		ours := inner.Kind() == reflect.Struct && strings.HasPrefix(inner.PkgPath(), module)
		switch {
		case mode == "squash" && ours:
			keys = append(keys, optionKeys(inner, above)...)
		case mode == "squash":
		case ours:
			keys = append(keys, optionKeys(inner, above+name+"::")...)
		default:
			keys = append(keys, above+name)
		}
	}
	return keys
}

// TestTheReadmeIsShort: the README leads people to what they need, and explains no more.
func TestTheReadmeIsShort(t *testing.T) {
	assert.LessOrEqual(t, strings.Count(fixture.ReadFile(t, "README.md"), "\n"), 200)
}

// TestTheReadmeGivesTheStability of metadata.yaml, and the signals that have it.
func TestTheReadmeGivesTheStability(t *testing.T) {
	levels, isMap := parseYAML(t, fixture.ReadFile(t, "metadata.yaml")).Get("status::stability").(map[string]any)
	require.True(t, isMap)
	require.Len(t, levels, 1)
	for level, signals := range levels {
		row := fixture.Section(t, fixture.ReadFile(t, "README.md"), "## Status")
		assert.Regexp(t, `\| Stability \| \[`+level+`\]\([^)]*#`+level+`\), for `+strings.Join(list(signals), " and ")+` \|`, row)
	}
}

func TestThePageOfOptionsNamesEveryOption(t *testing.T) {
	options := fixture.ReadFile(t, "docs/options.md")
	keys := optionKeys(reflect.TypeFor[Config](), "")
	require.Greater(t, len(keys), 25)
	for _, key := range keys {
		fixture.AssertMentions(t, options, "`"+key, "describe the option in docs/options.md")
	}
}

// defaultOf is an option's default as users would write it.
func defaultOf(defaults *confmap.Conf, key string) string {
	queue := createDefaultConfig().(*Config).QueueConfig
	switch key { // what the Collector's types do not marshal
	case "sending_queue::enabled":
		return strconv.FormatBool(queue.HasValue())
	case "sending_queue::sizer":
		return queue.Get().Sizer.String()
	case "sending_queue::batch::enabled":
		return strconv.FormatBool(queue.Get().Batch.HasValue())
	case "sending_queue::batch::sizer":
		return queue.Get().Batch.Get().Sizer.String()
	}
	return fmt.Sprint(defaults.Get(key))
}

// TestThePageOfOptionsGivesTrueDefaults compares each default in the tables of options
// with the configuration that users start from.
func TestThePageOfOptionsGivesTrueDefaults(t *testing.T) {
	defaults := confmap.New()
	require.NoError(t, defaults.Marshal(createDefaultConfig()))
	compared := 0
	for _, row := range fixture.TableRows(fixture.ReadFile(t, "docs/options.md")) {
		key, want := strings.Trim(row[0], "`"), row[2]
		if !strings.HasPrefix(want, "`") {
			continue // no default, or one that words describe
		}
		if !strings.Contains(key, "::") && defaultOf(defaults, key) == "<nil>" {
			continue // a setting of the HTTP client that newer Collectors have elsewhere
		}
		assert.Equal(t, want, "`"+defaultOf(defaults, key)+"`", key)
		compared++
	}
	assert.Greater(t, compared, 25)
}

func TestThePageOfMetricsNamesEveryMetricAndReason(t *testing.T) {
	metrics := fixture.ReadFile(t, "docs/metrics.md")
	names := regexp.MustCompile(`(?m)^    (exporter_agent_visits_\w+):`).FindAllStringSubmatch(fixture.ReadFile(t, "metadata.yaml"), -1)
	require.NotEmpty(t, names)
	for _, name := range names {
		fixture.AssertMentions(t, metrics, "| `otelcol_"+name[1]+"` |", "describe the metric in docs/metrics.md")
	}
	classes := list(parseYAML(t, fixture.ReadFile(t, "metadata.yaml")).Get("attributes::status_class::enum"))
	require.NotEmpty(t, classes)
	for _, word := range slices.Concat(visit.SkipReasons[visit.NotSkipped+1:], telemetry.DropReasons[:], classes) {
		fixture.AssertMentions(t, metrics, "`"+word+"`", "explain the word in docs/metrics.md")
	}
}

// foreignMessages are messages of the Collector that docs/troubleshooting.md explains.
var foreignMessages = []string{
	"Exporting failed. Rejecting data.",
	"Failed unmarshalling item",
	"Failed retrieving item",
	"Error deleting item from queue",
	"Failed to persist current metadata to storage",
	"Failed to open file - unreadable",
	"mkdir ...: permission denied",
	"ConsumeLogs() failed",
	"New queue metadata key not found, attempting to load legacy format.",
	`'exporters' unknown type: "agent_visits"`,
}

// logged are the messages in the source: those that a logger is given, and the warnings of
// translate, which are a table of notices and texts.
var logged = regexp.MustCompile(`(?:[lL]ogger\.(?:Debug|Info|Warn|Error)\(|[lL]ogger\.Log\(level, |dropLog\.add\(|\{[A-Z]\w+(?: \| [A-Z]\w+)*, )"([A-Z][^"]+)"`)

func TestThePageOfTroubleQuotesRealMessages(t *testing.T) {
	source := readSource(t)
	rows := fixture.TableRows(fixture.ReadFile(t, "docs/troubleshooting.md"))
	quoted := 0
	for _, row := range rows {
		if !strings.HasPrefix(row[0], "`") {
			continue
		}
		for _, message := range messagesIn(row[0]) {
			quoted++
			known := strings.Contains(source, message) || slices.Contains(foreignMessages, message)
			assert.True(t, known, "no message of the exporter starts with %q", message)
		}
	}
	assert.Greater(t, quoted, 60)
	text := fixture.ReadFile(t, "docs/troubleshooting.md")
	for _, message := range logged.FindAllStringSubmatch(source, -1) {
		beginning, _, _ := strings.Cut(message[1], ". ")
		fixture.AssertMentions(t, text, beginning, "explain the message in docs/troubleshooting.md")
	}
}

// messagesIn are the beginnings of those that a cell quotes. One with a key in it has double
// marks, and is left out.
func messagesIn(cell string) (messages []string) {
	for _, quoted := range quotedMessage.FindAllString(cell, -1) {
		if !strings.HasPrefix(quoted, "``") {
			messages = append(messages, strings.TrimSuffix(strings.Trim(quoted, "`"), " ..."))
		}
	}
	return messages
}

var quotedMessage = regexp.MustCompile("``.+?``|`[^`]+`")

// readSource is the source of the product: of all packages but those of tests and
// tools, without tests and generated code.
func readSource(t *testing.T) string {
	t.Helper()
	var source strings.Builder
	for _, p := range productPackages(t) {
		for _, file := range p.GoFiles {
			if !strings.HasPrefix(file, "generated_") {
				source.WriteString(fixture.ReadFile(t, filepath.Join(p.Dir, file)))
			}
		}
	}
	return source.String()
}

// TestTheReadmeNamesTheGoThatItsCommandsNeed: Go does not fetch a newer one for what
// `go tool -modfile` runs, so the commands need the newest that any module asks for.
func TestTheReadmeNamesTheGoThatItsCommandsNeed(t *testing.T) {
	asks := func(file string) string {
		found := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(fixture.ReadFile(t, file))
		require.NotNil(t, found, file)
		return found[1]
	}
	newest := ""
	for _, file := range []string{"go.mod", "e2e/go.mod", "bench/go.mod", "examples/demo/go.mod", "internal/dev/tools/go.mod"} {
		newest = max(newest, asks(file)) // two digits each
	}
	readme := fixture.ReadFile(t, "README.md")
	assert.Contains(t, readme, "They need Go "+newest+" or later, make and git.")
	assert.Contains(t, readme, "| Go, to compile the exporter in | "+asks("go.mod")+" or later |")
}
