// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/confmap"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(inRoot(path))
	require.NoError(t, err)
	return string(text)
}

// section is the part of a Markdown text below a heading, up to the next one of
// the same level.
func section(t *testing.T, text, heading string) string {
	t.Helper()
	_, below, found := strings.Cut(text, "\n"+heading+"\n")
	require.True(t, found, "no heading %q", heading)
	level, _, _ := strings.Cut(heading, " ")
	below, _, _ = strings.Cut(below, "\n"+level+" ")
	return below
}

// assertMentions is assert.Contains without the whole text in its message.
func assertMentions(t *testing.T, text, part, otherwise string) {
	t.Helper()
	assert.Positive(t, strings.Count(text, part), "no %q: %s", part, otherwise)
}

// tableRows are the cells of all tables in a Markdown text, without the lines
// that head them.
func tableRows(text string) [][]string {
	var rows [][]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows
}

// optionKeys are the keys that a struct of this package adds to a
// configuration, with those above them, as in scrunch::site_id.
func optionKeys(of reflect.Type, above string) []string {
	var keys []string
	for i := range of.NumField() {
		f := of.Field(i)
		name, mode, _ := strings.Cut(f.Tag.Get("mapstructure"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case mode == "squash":
		case inner.Kind() == reflect.Struct && inner.PkgPath() == of.PkgPath():
			keys = append(keys, optionKeys(inner, above+name+"::")...)
		default:
			keys = append(keys, above+name)
		}
	}
	return keys
}

func TestReadmeNamesEveryOption(t *testing.T) {
	options := section(t, readFile(t, "README.md"), "## Options")
	for _, key := range optionKeys(reflect.TypeFor[Config](), "") {
		assertMentions(t, options, "`"+key, "describe the option in README.md")
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
	case "sending_queue::batch::sizer":
		return queue.Get().Batch.Get().Sizer.String()
	}
	if text := fmt.Sprint(defaults.Get(key)); text != "0s" {
		return text
	}
	return "0"
}

// TestReadmeGivesTrueDefaults compares each default in the tables of options
// with the configuration that users start from.
func TestReadmeGivesTrueDefaults(t *testing.T) {
	defaults := confmap.New()
	require.NoError(t, defaults.Marshal(createDefaultConfig()))
	compared := 0
	for _, row := range tableRows(section(t, readFile(t, "README.md"), "## Options")) {
		key, want := strings.Trim(row[0], "`"), row[2]
		if !strings.HasPrefix(want, "`") {
			continue // no default, or one that words describe
		}
		assert.Equal(t, want, "`"+defaultOf(defaults, key)+"`", key)
		compared++
	}
	assert.Greater(t, compared, 12)
}

func TestReadmeNamesEveryMetricAndReason(t *testing.T) {
	metrics := section(t, readFile(t, "README.md"), "## Metrics")
	names := regexp.MustCompile(`(?m)^    (exporter_agent_visits_\w+):`).FindAllStringSubmatch(readFile(t, "metadata.yaml"), -1)
	require.NotEmpty(t, names)
	for _, name := range names {
		assertMentions(t, metrics, "| `otelcol_"+name[1]+"` |", "describe the metric in README.md")
	}
	for _, word := range append(append(skipReasons[notSkipped+1:], dropReasons[:]...), statusClasses[:]...) {
		if word != "" {
			assertMentions(t, metrics, "`"+word+"`", "explain the reason in README.md")
		}
	}
}

// foreignMessages are the Collector's own among the messages that README.md
// explains.
var foreignMessages = []string{
	"Exporting failed. Will retry the request after interval.",
	`'exporters' unknown type: "agent_visits"`,
}

func TestReadmeQuotesRealMessages(t *testing.T) {
	source := readSource(t)
	rows := tableRows(section(t, readFile(t, "README.md"), "## Troubleshooting"))
	quoted := 0
	for _, row := range rows {
		if !strings.HasPrefix(row[0], "`") {
			continue
		}
		quoted++
		message, _, _ := strings.Cut(strings.Trim(row[0], "`"), "`")
		message = strings.TrimSuffix(message, " ...")
		known := strings.Contains(source, message)
		for _, foreign := range foreignMessages {
			known = known || message == foreign
		}
		assert.True(t, known, "no message of the exporter starts with %q", message)
	}
	assert.Greater(t, quoted, 8)
	for _, message := range regexp.MustCompile(`[lL]ogger\.(?:Info|Warn|Error)\("([^"]+)"`).FindAllStringSubmatch(source, -1) {
		text := section(t, readFile(t, "README.md"), "## Troubleshooting")
		beginning, _, _ := strings.Cut(message[1], ". ")
		assertMentions(t, text, beginning, "explain the message in README.md")
	}
}

// readSource is the source of this package without its tests.
func readSource(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var source strings.Builder
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			source.WriteString(readFile(t, file))
		}
	}
	return source.String()
}
