// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command sbom prints the software bill of materials (CycloneDX 1.5, JSON) of a Go
// program: the modules that its build information lists.
package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
)

type document struct {
	Format     string      `json:"bomFormat"`
	Version    string      `json:"specVersion"`
	Revision   int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	PURL    string `json:"purl,omitempty"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sbom PROGRAM")
		os.Exit(2)
	}
	if err := write(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func write(to io.Writer, program string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	d := document{
		Format: "CycloneDX", Version: "1.5", Revision: 1,
		Metadata:   metadata{component{Type: "application", Name: filepath.Base(program), Version: info.Main.Version}},
		Components: []component{{Type: "framework", Name: "std", Version: info.GoVersion, PURL: "pkg:golang/std@" + info.GoVersion}},
	}
	for _, module := range info.Deps {
		d.Components = append(d.Components, library(module))
	}
	encoder := json.NewEncoder(to)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}

// library returns the module that was compiled in, which is the replacement if there
// is one. A replacement by a folder has no version, so the original stands for it.
func library(module *debug.Module) component {
	name, version := module.Path, module.Version
	if module.Replace != nil && module.Replace.Version != "" {
		name, version = module.Replace.Path, module.Replace.Version
	}
	return component{Type: "library", Name: name, Version: version, PURL: "pkg:golang/" + name + "@" + version}
}
