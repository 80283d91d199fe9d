// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command sbom writes a software bill of materials (CycloneDX 1.5, JSON) of a Go
// program: the modules that were compiled into it, as the program itself says.
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

// library is the module that was compiled in, which may replace another. One
// that stood in a folder has no version of its own.
func library(module *debug.Module) component {
	name, version := module.Path, module.Version
	if module.Replace != nil && module.Replace.Version != "" {
		name, version = module.Replace.Path, module.Replace.Version
	}
	return component{Type: "library", Name: name, Version: version, PURL: "pkg:golang/" + name + "@" + version}
}
