// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// contents are the user agents that packages hold. Those of browsers are distinct, in
// the order of the packages.
type contents struct {
	crawlers []crawler
	browsers []string
	seen     map[string]bool
}

// crawler is an entry of crawler-user-agents.
type crawler struct {
	Pattern   string   `json:"pattern"` // a regular expression
	URL       string   `json:"url"`
	Instances []string `json:"instances"`
	Tags      []string `json:"tags"`
}

// profile is an entry of any package of browsers.
type profile struct {
	UserAgent string `json:"userAgent"`
	Text      string `json:"string"` // real-user-agents
	Folder    string `json:"folder"` // random-useragent, which also has programs
}

// files are where packages hold user agents. By npm crawler-user-agents, random-useragent
// and @ulixee/real-user-agents are under the MIT licence, user-agents is under
// BSD-2-Clause. They are read and not copied.
var files = map[string]func(*contents, []byte) error{
	"package/crawler-user-agents.json":                       (*contents).addCrawlers,
	"package/dist/user-agents.json":                          (*contents).addBrowsers, // user-agents: visitors of a network of websites
	"package/src/user-agents.json.gz":                        (*contents).addBrowsers, // its older versions
	"package/data/external-raw/browserstack/userAgents.json": (*contents).addBrowsers, // @ulixee/real-user-agents
	"package/useragent-data.json":                            (*contents).addBrowsers, // random-useragent: rare and old browsers
}

// read adds the user agents of a package as npm packs it.
func (c *contents) read(path string) error {
	file, err := os.Open(path) //nolint:gosec // the developer names it
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("this is no package of npm: %w", err)
	}
	found := false
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("this is no package of npm: %w", err)
		}
		if add := files[header.Name]; add != nil {
			found = true
			if err := addFile(archive, header.Name, func(text []byte) error { return add(c, text) }); err != nil {
				return fmt.Errorf("%s: %w", header.Name, err)
			}
		}
	}
	if !found {
		return errors.New("the package holds no user agents in a file that is known")
	}
	return nil
}

// addFile hands a file of a package to add, unpacked.
func addFile(file io.Reader, name string, add func([]byte) error) error {
	if strings.HasSuffix(name, ".gz") {
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			return err
		}
		file = unzipped
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	return add(text)
}

func (c *contents) addCrawlers(text []byte) error { return json.Unmarshal(text, &c.crawlers) }

func (c *contents) addBrowsers(text []byte) error {
	var profiles []profile
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&profiles); err != nil {
		return err
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	for _, p := range profiles {
		if userAgent := p.UserAgent + p.Text; p.isBrowser() && !c.seen[userAgent] {
			c.seen[userAgent] = true
			c.browsers = append(c.browsers, userAgent)
		}
	}
	return nil
}

// isBrowser tells by the folder, if the package has folders.
func (p *profile) isBrowser() bool {
	return p.Folder == "" || strings.Contains(p.Folder, "Browsers") || strings.Contains(p.Folder, "Mobile Devices")
}
