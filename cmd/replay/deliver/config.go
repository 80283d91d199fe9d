// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	agentvisits "github.com/agentvisits/agentvisitsexporter"
	"github.com/agentvisits/agentvisitsexporter/internal/delivery"
)

// loadConfig reads an agent_visits exporter from a Collector's configuration, with the
// variables in it: those of other blocks need not be set here. The name may be empty if the
// file has only one such exporter.
func loadConfig(ctx context.Context, file, name string) (component.ID, *agentvisits.Config, error) {
	var id component.ID
	block, err := readBlock(file, name)
	if err != nil {
		return id, nil, err
	}
	readThis := func(string) (*confmap.Retrieved, error) { return confmap.NewRetrieved(block) }
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs: []string{"block:" + file}, DefaultScheme: "env",
		ProviderFactories: []confmap.ProviderFactory{providerOf("block", readThis), providerOf("file", readConfigFile), providerOf("env", readVariable)},
	})
	if err != nil {
		return id, nil, err
	}
	conf, err := resolver.Resolve(ctx)
	if err != nil {
		return id, nil, err
	}
	exporters, _ := conf.Get(exportersKey).(map[string]any)
	id, err = choose(file, slices.Sorted(maps.Keys(exporters)), name)
	if err != nil {
		return id, nil, err
	}
	settings, _ := exporters[id.String()].(map[string]any)
	cfg := agentvisits.NewFactory().CreateDefaultConfig().(*agentvisits.Config)
	if err := confmap.NewFromStringMap(settings).Unmarshal(cfg); err != nil {
		return id, nil, fmt.Errorf("%s: %w", id, err)
	}
	if cfg.ClientConfig.Auth.HasValue() {
		return id, nil, fmt.Errorf("%s has `auth`, which is an extension of the Collector: deliver has none; write the secret into its own key", id)
	}
	if err := confmap.Validate(cfg); err != nil {
		return id, nil, fmt.Errorf("%s: %w", id, err)
	}
	if hasSites(settings) {
		return id, nil, fmt.Errorf("%s has several sites, and deliver delivers to one: for each, write a configuration with its token, or its id and key, and its hosts in `visits::hosts::include`. "+
			"If a `*.` among them matches a host of another site, put that into `visits::hosts::exclude`. Give each site a -journal of its own, because lines of other sites count as delivered", id)
	}
	waitForEachBatch(cfg)
	return id, cfg, nil
}

const exportersKey = "exporters"

// readBlock reads of a configuration the block of the exporter alone, or all exporters if
// they are a variable that holds another one.
func readBlock(file, name string) (block map[string]any, err error) {
	retrieved, err := readConfigFile(file)
	if err != nil {
		return nil, err
	}
	conf, err := retrieved.AsConf()
	if err != nil {
		return nil, err
	}
	all, err := valueOf(conf.Get(exportersKey))
	if err != nil {
		return nil, err
	}
	exporters, areWritten := all.(map[string]any)
	if !areWritten {
		return map[string]any{exportersKey: all}, nil
	}
	id, err := choose(file, slices.Sorted(maps.Keys(exporters)), name)
	if err != nil {
		return nil, err
	}
	return map[string]any{exportersKey: map[string]any{id.String(): exporters[id.String()]}}, nil
}

// valueOf is what a variable holds, and any other value as it is. Variables within it stay.
func valueOf(value any) (any, error) {
	text, _ := value.(string)
	inner, isOpened := strings.CutPrefix(text, "${")
	inner, isClosed := strings.CutSuffix(inner, "}")
	if !isOpened || !isClosed || strings.ContainsAny(inner, "${}") {
		return value, nil
	}
	var retrieved *confmap.Retrieved
	var err error
	switch scheme, rest, hasScheme := strings.Cut(inner, ":"); {
	case !hasScheme:
		retrieved, err = readVariable(inner)
	case scheme == "env":
		retrieved, err = readVariable(rest)
	case scheme == "file":
		retrieved, err = readConfigFile(rest)
	default:
		return value, nil
	}
	if err != nil {
		return nil, err
	}
	return retrieved.AsRaw()
}

// hasSites says whether a block has several sites, which need a queue.
func hasSites(settings map[string]any) bool {
	for _, destination := range settings {
		keys, _ := destination.(map[string]any)
		for _, key := range []string{"sites", "sites_directory"} {
			if _, is := keys[key]; is {
				return true
			}
		}
	}
	return false
}

// choose returns the exporter of that name, or the only one.
func choose(file string, exporters []string, name string) (id component.ID, err error) {
	var ours []component.ID
	for _, text := range exporters {
		if id.UnmarshalText([]byte(text)) != nil || id.Type() != agentvisits.NewFactory().Type() {
			continue
		}
		if name == text || name != "" && id.Name() == name {
			return id, nil
		}
		ours = append(ours, id)
	}
	all := make([]string, len(ours))
	for i := range ours {
		all[i] = ours[i].String()
	}
	switch {
	case len(ours) == 0:
		return id, fmt.Errorf("%s has no agent_visits exporter under `exporters`", file)
	case name != "":
		return id, fmt.Errorf("%s has no exporter %s: it has %s", file, name, strings.Join(all, ", "))
	case len(ours) > 1:
		return id, fmt.Errorf("%s has %s: choose one with -exporter, and run once for each", file, strings.Join(all, ", "))
	}
	return ours[0], nil
}

// waitForEachBatch makes the exporter return when the API has taken the visits, or not.
// The journal takes the place of a queue, and each of the lanes that of a consumer.
func waitForEachBatch(cfg *agentvisits.Config) {
	cfg.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
	cfg.Backpressure = true
	if cfg.RetryConfig.MaxElapsedTime == 0 {
		cfg.RetryConfig.MaxElapsedTime = delivery.MaxRetryAfter // a program that a person waits for ends some time
	}
}

// provider reads a part of a configuration, as the Collector's provider of that scheme
// does.
type provider struct {
	scheme string
	read   func(rest string) (*confmap.Retrieved, error)
}

func providerOf(scheme string, read func(string) (*confmap.Retrieved, error)) confmap.ProviderFactory {
	return confmap.NewProviderFactory(func(confmap.ProviderSettings) confmap.Provider { return provider{scheme, read} })
}

// Retrieve reads what a URI names.
func (p provider) Retrieve(_ context.Context, uri string, _ confmap.WatcherFunc) (*confmap.Retrieved, error) {
	return p.read(strings.TrimPrefix(uri, p.scheme+":"))
}

// Scheme is that of the URIs.
func (p provider) Scheme() string { return p.scheme }

// Shutdown does nothing.
func (provider) Shutdown(context.Context) error { return nil }

func readConfigFile(name string) (*confmap.Retrieved, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return confmap.NewRetrievedFromYAML(text)
}

// readVariable reads NAME or NAME:-default.
func readVariable(rest string) (*confmap.Retrieved, error) {
	name, otherwise, hasDefault := strings.Cut(rest, ":-")
	value, set := os.LookupEnv(name)
	switch {
	case set:
	case hasDefault:
		value = otherwise
	default:
		return nil, errors.New("the environment variable " + name + " is not set, and the configuration needs it")
	}
	return confmap.NewRetrievedFromYAML([]byte(value))
}
