// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command release writes what a release consists of besides programs: archives and
// checksums that are the same on every machine, and the notes.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

const usage = `usage:
  release archive FILE FOLDER   pack the files of a folder as FILE, .tar.gz or .zip, dated SOURCE_DATE_EPOCH
  release checksums FOLDER      print the SHA-256 of each file of a folder, as sha256sum does
  release notes VERSION         print the section of CHANGELOG.md; Unreleased is one, too
`

// errUsage is a command line that says nothing to do.
var errUsage = errors.New("no such command")

func main() {
	err := run(os.Args[1:], os.Stdout)
	if errors.Is(err, errUsage) {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	switch {
	case len(args) == 3 && args[0] == "archive":
		date, err := epoch(os.Getenv("SOURCE_DATE_EPOCH"))
		if err != nil {
			return err
		}
		return archive(args[1], args[2], date)
	case len(args) == 2 && args[0] == "checksums":
		return checksums(stdout, args[1])
	case len(args) == 2 && args[0] == "notes":
		text, err := os.ReadFile("CHANGELOG.md")
		if err != nil {
			return err
		}
		section, err := notes(string(text), args[1])
		if err != nil {
			return err
		}
		_, err = io.WriteString(stdout, section)
		return err
	}
	return errUsage
}

// epoch reads the date of all files of a release.
func epoch(text string) (time.Time, error) {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, errors.New("SOURCE_DATE_EPOCH is not set to the seconds since 1970: use `git log -1 --format=%ct`")
	}
	return time.Unix(seconds, 0).UTC(), nil
}
