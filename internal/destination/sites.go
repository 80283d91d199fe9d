// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"strconv"

	"github.com/agentvisits/agentvisitsexporter/internal/hostname"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// Sites are the sites of a block that has several. They share the API and all that does not
// differ between them.
type Sites struct {
	// Block is the YAML key of the block.
	Block string
	// List are those of the configuration.
	List []*Entry
	// Directory is the path of the directory with the files of others, or empty.
	Directory string

	isListed bool // there is a list, maybe an empty one
	newSite  func() siteConfig
	shared   *Destination
}

// Entry is one of several sites, as a user writes it: in the list, or in a file.
type Entry struct {
	// Place is where it stands, for messages: a YAML path, or the name of the file.
	Place  string
	isFile bool
	config siteConfig
	shared *Destination
}

// siteConfig is what a user writes of one of several sites.
type siteConfig interface {
	hosts() []string
	// isNamed reports whether the user gives the site a name of its own, by which its visits
	// are known. Otherwise it is the first host.
	isNamed() bool
	// check reports the faults of everything but the hosts. In a file no variable is
	// replaced, so that messages propose none.
	check(f validation.Faults, isFile bool)
	// destination is how the site's visits are delivered. shared is what it has in common
	// with the others, and is copied.
	destination(shared *Destination, place string) *Destination
	// plainTexts are the texts in which a file must have no variable, by key.
	plainTexts() map[string]string
}

const (
	sitesKey     = "sites"
	directoryKey = "sites_directory"
	hostsKey     = "hosts"
)

// newSites makes the sites of a block. shared is a destination without a site.
func newSites[S any, P interface {
	*S
	siteConfig
}](list []S, directory string, shared *Destination,
) *Sites {
	s := &Sites{
		Block: shared.Name, Directory: directory, isListed: list != nil, shared: shared,
		newSite: func() siteConfig { return P(new(S)) },
	}
	for i := range list {
		s.List = append(s.List, &Entry{Place: shared.Name + "::" + sitesKey + "::" + strconv.Itoa(i), config: P(&list[i]), shared: shared})
	}
	return s
}

// DirectoryKey is the key of the directory in the form that messages have.
func (s *Sites) DirectoryKey() string { return "`" + s.Block + "::" + directoryKey + "`" }

// NewFile makes an entry for a file of the directory. What stands in the file is to be
// decoded into what config points to.
func (s *Sites) NewFile(name string) (e *Entry, config any) {
	e = &Entry{Place: name, isFile: true, config: s.newSite(), shared: s.shared}
	return e, e.config
}

// Check reports the faults of the entry alone.
func (e *Entry) Check(f validation.Faults) {
	if len(e.config.hosts()) == 0 {
		f.Add(hostsKey, "is empty: write at least one host that the site is served by, such as www.example.com or *.example.com")
	}
	hostname.Check(f, hostsKey, e.config.hosts(), "write those of the site; with one site alone leave out "+sitesKey+", and every host is its own")
	e.config.check(f, e.isFile)
}

// PlainTexts are the texts of a file by key, in which no variable is replaced.
func (e *Entry) PlainTexts() map[string]string { return e.config.plainTexts() }

// Patterns are the hosts of the site. Those that cannot be read are left out.
func (e *Entry) Patterns() []hostname.Pattern {
	var patterns []hostname.Pattern
	for _, text := range e.config.hosts() {
		if p := hostname.Read(text); p != "" {
			patterns = append(patterns, p)
		}
	}
	return patterns
}

// Name is the first host, by which people know the site.
func (e *Entry) Name() string { return firstHost(e.config.hosts()) }

// IsNamed reports whether the site has a name of its own, and is not known by its first host.
func (e *Entry) IsNamed() bool { return e.config.isNamed() }

// Destination is how the site's visits are delivered.
func (e *Entry) Destination() *Destination { return e.config.destination(e.shared, e.Place) }

// checkSites reports the faults of a block with several sites. alone are the keys of the
// single form that are set.
func checkSites(f validation.Faults, s *Sites, hasExtension bool, alone []string) {
	form := sitesKey
	if !s.isListed {
		form = directoryKey
	}
	for _, key := range alone {
		f.Add(key, "and %s are both set: each site has its own; move it to the site, or remove %[1]s", f.Key(form))
	}
	if hasExtension {
		f.Add(form, "and `auth` are both set: an extension adds one header for all sites, so that all visits would go to one; remove `auth`. What a gateway wants goes into `headers`")
	}
	if s.isListed && len(s.List) == 0 && s.Directory == "" {
		f.Add(sitesKey, "is empty: write each site after a dash, such as `- hosts: [www.example.com]`")
	}
	for i, e := range s.List {
		e.Check(f.In(sitesKey).In(strconv.Itoa(i)))
	}
}

// set are those of some keys that have a value, in their order.
func setKeys(keyed ...[2]string) (set []string) {
	for _, k := range keyed {
		if k[1] != "" {
			set = append(set, k[0])
		}
	}
	return set
}

// firstHost is the first of some patterns as users write it, in its usual spelling.
func firstHost(texts []string) string {
	for _, text := range texts {
		if p := hostname.Read(text); p != "" {
			return p.String()
		}
	}
	return ""
}
