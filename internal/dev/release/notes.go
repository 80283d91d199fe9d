// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// notes is the section of a changelog, without its heading. The heading is "## VERSION",
// and a date may follow.
func notes(changelog, version string) (string, error) {
	for part := range strings.SplitSeq("\n"+changelog, "\n## ") {
		heading, section, _ := strings.Cut(part, "\n")
		title, _, _ := strings.Cut(heading, " ")
		if strings.Trim(title, "[]") != version {
			continue
		}
		if section = strings.TrimSpace(section); section == "" {
			break
		}
		return section + "\n", nil
	}
	return "", fmt.Errorf("CHANGELOG.md says nothing under \"## %s\": rename Unreleased, and add an empty Unreleased above it", version)
}
