// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/cmd/internal/process"
)

const usage = `agent-visits delivers the visits of AI agents to Known Agents and Scrunch.

  agent-visits run      start the Collector for each destination whose key is there
  agent-visits check    check the configuration that run would use, and start nothing
  agent-visits health   ask whether the Collector of this machine is up

agent-visits run -h shows the options. With the Collector's own arguments, such as --config FILE
or validate --config FILE, agent-visits is the Collector.
`

// errUsage is a command line that says nothing to do. Its remedy was printed.
var errUsage = errors.New("usage")

func main() {
	switch err := command(os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "agent-visits:", err)
		os.Exit(1)
	}
}

func command(args []string, stdout, stderr io.Writer) error {
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	if isForCollector(name) {
		s, err := parseSettings("", nil, stderr)
		if err != nil {
			return err
		}
		return process.Become(s.collector, append([]string{s.collector}, args...))
	}
	switch name {
	case "run", "check":
		s, err := parseSettings(name, args[1:], stderr)
		if err != nil {
			return err
		}
		return start(name, s, stderr)
	case "health":
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return health(ctx, valueOf("HEALTH_ENDPOINT"))
	case "-h", "-help", "--help", "help":
		fmt.Fprint(stdout, usage)
		return nil
	}
	fmt.Fprint(stderr, usage)
	return errUsage
}

// isForCollector says whether the arguments are the Collector's own. Whoever starts an
// image with its own configuration, such as the OpenTelemetry operator, gives them alone.
func isForCollector(first string) bool {
	switch first {
	case "validate", "components", "featuregate", "print-config":
		return true
	}
	return strings.HasPrefix(first, "--") && first != "--help"
}

// settings are where the service finds what it needs.
type settings struct {
	// configs is the folder of the configurations, /etc/agent-visits by default.
	configs string
	// keys is the folder with a file for each key. It is the one that systemd fills, or
	// /run/secrets, where containers have their secrets. An administrator who checks by hand
	// has neither: then it is that of the configurations, if packages put the files there.
	keys string
	// written is the folder into which people write the keys, for messages.
	written string
	// collector is the path of the Collector, which lies beside this program.
	collector string
}

func parseSettings(name string, args []string, stderr io.Writer) (settings, error) {
	var s settings
	own, err := os.Executable()
	if err != nil {
		return s, err
	}
	flags := flag.NewFlagSet("agent-visits "+name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.configs, "configs", "/etc/agent-visits", "`folder` of collector.yaml and of a file for each destination")
	flags.StringVar(&s.keys, "keys", "", "`folder` of the keys; by default what systemd's LoadCredential= fills, else /run/secrets, else the folder of the configurations")
	flags.StringVar(&s.collector, "collector", filepath.Join(filepath.Dir(own), "agent-visits-collector"), "`path` of the Collector")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return s, err
		}
		return s, errUsage
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q: every option starts with -", flags.Arg(0))
	}
	s.locateKeys(os.Getenv("CREDENTIALS_DIRECTORY"))
	return s, nil
}

// locateKeys fills in where the keys are. Systemd copies them from the folder of the
// configurations, so that only root need be able to read them there.
func (s *settings) locateKeys(filledBySystemd string) {
	switch {
	case s.keys != "":
		s.written = s.keys
	case filledBySystemd != "":
		s.keys, s.written = filledBySystemd, s.configs
	case !hasKeyFile(containerSecrets) && hasKeyFile(s.configs):
		s.keys, s.written = s.configs, s.configs
	default:
		s.keys, s.written = containerSecrets, containerSecrets
	}
}

// containerSecrets is where Docker and Podman put secrets.
const containerSecrets = "/run/secrets"

// hasKeyFile says whether a folder has the file of a key, which may be empty.
func hasKeyFile(folder string) bool {
	return slices.ContainsFunc(destinations, func(d destination) bool {
		_, err := os.Stat(filepath.Join(folder, d.key))
		return err == nil
	})
}

// start becomes the Collector, which runs, or only checks its configuration.
func start(name string, s settings, stderr io.Writer) error {
	chosen, err := choose(s, os.Getenv)
	if err != nil {
		return err
	}
	for _, note := range chosen.notes {
		fmt.Fprintln(stderr, "agent-visits:", note)
	}
	args := append([]string{s.collector}, chosen.args...)
	if name == "check" {
		args = append([]string{s.collector, "validate"}, chosen.args...)
	} else {
		for _, obstacle := range obstacles(chosen) {
			fmt.Fprintln(stderr, "agent-visits:", obstacle)
		}
	}
	if err := os.Setenv(keysVariable, s.keys); err != nil {
		return err
	}
	if err := process.Become(s.collector, args); err != nil {
		return fmt.Errorf("cannot start %s: %w; install the package for this machine's architecture, or name the Collector with -collector", s.collector, err)
	}
	return nil
}
