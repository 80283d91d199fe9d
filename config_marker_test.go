// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exportertest"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// marker stands for a secret that somebody wrote in the wrong place. It has the length of
// a site's id.
const marker = "SECRETMARKERMARKERMARKERXU"

// markedValues are what an option is given: the marker itself, in a URL, in the forms of
// other texts, and where another type belongs.
func markedValues() map[string]any {
	values := map[string]any{}
	for _, form := range []string{
		"%s", " %s ", "%s\n", `"%s"`, "$%s", "${%s", "<%s>", "Bearer %s", "%s:", "-----BEGIN PRIVATE KEY-----\n%s\n", "%s,%[1]s", "a=%s", "é%s",
		"/%s", "/%s/visits", "[%s", "(%s", "{%s", "%s*", "/{a,%s", "%s/%[1]s", "%s.%[1]s.%[1]s", "/tmp/%s\x00",
		"https://%s", "https://h/%s", "https://h/%s/visits", "https://h/?token=%s", "https://h/#%s", "https://u:%s@h", "https://%s@h/visits?%[1]s#%[1]s", "https://u:%s/@h",
		"http://h/%s", "ftp://h/%s", "%s://h", "http://%%zz%s", "https://h:%s", "https://h /%s",
	} {
		values[form] = fmt.Sprintf(form, marker)
	}
	values["a list"] = []any{marker, marker}
	values["a map"] = map[string]any{"x": marker}
	values["a list of maps"] = []any{map[string]any{"x": marker}}
	values["a key"] = map[string]any{marker: nil}
	values["a key with a known one"] = map[string]any{"access_token:" + marker: nil, "mode:" + marker: nil}
	values["a list of lists"] = []any{[]any{marker}, 1}
	return values
}

// shownByCollector are the options whose values a message of the Collector shows, in this
// release or another. None holds a secret.
var shownByCollector = []string{
	"sending_queue::batch::partition::metadata_keys",
	"tls::cipher_suites",
	"tls::curve_preferences",
	"tls::max_version",
	"tls::min_version",
}

// shownOptions are the options whose values our messages show, each with the reason.
var shownOptions = map[string]string{
	"visits::who":                         aChoice,
	"visits::query::mode":                 aChoice,
	"visits::client_ip::mode":             aChoice,
	"visits::agents":                      aName,
	"visits::attributes":                  aName,
	"visits::methods":                     aName,
	"visits::statuses":                    aName,
	"visits::headers::request::add":       aName,
	"visits::headers::request::remove":    aName,
	"visits::headers::response::add":      aName,
	"visits::headers::response::remove":   aName,
	"visits::query::keep_keys":            aName,
	"visits::client_ip::trusted_headers":  aName,
	"visits::client_ip::trusted_proxies":  "an address, one of several: the message says which",
	"visits::hosts::include":              aPattern,
	"visits::hosts::exclude":              aPattern,
	"visits::services::include":           aPattern,
	"visits::services::exclude":           aPattern,
	"visits::include_paths":               aPattern,
	"visits::exclude_paths":               aPattern,
	"visits::replace_in_paths[]::pattern": aPattern,
	"known_agents::sites[]::hosts":        aPattern,
	"scrunch::sites[]::hosts":             aPattern,
}

const (
	aChoice  = "one word of a few"
	aName    = "a name, one of several: the message says which"
	aPattern = "a pattern, one of several: the message says which"
)

var typeOfConfig = reflect.TypeFor[Config]()

// options returns the values of all options that a configuration has, as paths of keys
// joined by "::", with a function that makes what stands at the path. An option of a list
// of blocks stands in its first one.
func options(of reflect.Type, path []string) map[string]func(any) map[string]any {
	at := map[string]func(any) map[string]any{}
	if path != nil {
		at[strings.Join(path, confmap.KeyDelimiter)] = func(value any) map[string]any { return nest(path, value) }
	}
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if get, ok := reflect.PointerTo(of).MethodByName("GetOrInsertDefault"); ok {
		of = get.Type.Out(0).Elem()
	}
	if of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Struct {
		of = of.Elem()
		path = append(slices.Clone(path[:len(path)-1]), path[len(path)-1]+"[]")
	}
	if of.Kind() != reflect.Struct {
		return at
	}
	for i := range of.NumField() {
		tag, isOption := of.Field(i).Tag.Lookup(confmap.MapstructureTag)
		name, mode, _ := strings.Cut(tag, ",")
		switch {
		case mode == "squash":
			maps.Copy(at, options(of.Field(i).Type, path))
		case isOption && of.Field(i).IsExported():
			maps.Copy(at, options(of.Field(i).Type, append(slices.Clone(path), name)))
		}
	}
	return at
}

// nest is a value below keys. A key that ends in "[]" has a list of one block.
func nest(path []string, value any) map[string]any {
	for _, key := range slices.Backward(path) {
		if name, ok := strings.CutSuffix(key, "[]"); ok {
			value = map[string]any{name: []any{value}}
		} else {
			value = map[string]any{key: value}
		}
	}
	return value.(map[string]any)
}

// TestNoMessageShowsWhatMayBeASecret gives each option of the configuration a value with
// the marker, and goes as far as the Collector would: it reads the configuration,
// validates it, and starts and stops the exporter.
func TestNoMessageShowsWhatMayBeASecret(t *testing.T) {
	all := options(typeOfConfig, nil)
	require.Greater(t, len(all), 80)
	leaks := map[string][]string{}
	for path, at := range all {
		for form, value := range markedValues() {
			given := confmap.NewFromStringMap(map[string]any{"known_agents": map[string]any{"access_token": "token-1"}})
			if strings.HasPrefix(path, "scrunch") {
				given = confmap.NewFromStringMap(map[string]any{"scrunch": map[string]any{"site_id": fixture.SiteID, "api_key": "key-1"}})
			}
			if path == "known_agents::access_token_file" || path == "scrunch::api_key_file" || strings.Contains(path, "::sites") {
				given = confmap.New()
			}
			require.NoError(t, given.Merge(confmap.NewFromStringMap(at(value))))
			if said := saidOf(t, given); strings.Contains(strings.ToLower(said), strings.ToLower(marker)) {
				leaks[path] = append(leaks[path], form+": "+said)
			}
		}
	}
	for path, reason := range shownOptions {
		assert.NotEmpty(t, reason)
		assert.NotEmpty(t, leaks[path], "%s need not be an exception", path)
		delete(leaks, path)
	}
	for _, path := range shownByCollector {
		require.Contains(t, all, path)
		delete(leaks, path)
	}
	for path, said := range leaks {
		assert.Empty(t, said, path)
	}
}

// saidOf is all that people are told of a configuration: the errors and the log.
func saidOf(t *testing.T, given *confmap.Conf) string {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	if err := given.Unmarshal(cfg); err != nil {
		return fmt.Sprintf("%v %+v", err, err)
	}
	if err := confmap.Validate(cfg); err != nil {
		return fmt.Sprintf("%v %+v", err, err)
	}
	core, observed := observer.New(zap.DebugLevel)
	set := exportertest.NewNopSettings(metadata.Type)
	set.Logger = zap.New(core)
	var said strings.Builder
	e, err := NewFactory().CreateTraces(t.Context(), set, cfg)
	if err == nil {
		err = e.Start(t.Context(), hostWithExtensions{componenttest.NewNopHost()})
		assert.NoError(t, e.Shutdown(context.Background()))
	}
	if err != nil {
		fmt.Fprintf(&said, "%v %+v", err, err)
	}
	for _, line := range observed.All() {
		fmt.Fprint(&said, line.Message, line.ContextMap())
	}
	return said.String()
}

// hostWithExtensions has extensions, but none that is asked for.
type hostWithExtensions struct{ component.Host }

func (hostWithExtensions) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{}
}
