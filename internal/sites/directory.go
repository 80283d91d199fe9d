// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/stablefile"
)

// directory is what is known of the directory of sites.
type directory struct {
	sites *destination.Sites
	files map[string]*file // by name
	gone  []*file          // whose absence counts since the last look
	looks int
}

// errEmptied is the fault of a directory whose files are all gone at once.
var errEmptied = errors.New("has no files any more, as if its volume were not mounted; to remove the last sites, restart the Collector")

// look sees what has changed, and reports whether anything has. A file counts when it has
// stayed the same from one look to the next, so that no half of one counts while it is
// written; so does its absence. At the first look all files count.
func (d *directory) look() (changed bool, err error) {
	d.gone = nil
	d.looks++
	entries, err := os.ReadDir(d.sites.Directory)
	if err != nil {
		return false, unreadable(err)
	}
	present := map[string]bool{}
	for _, entry := range entries {
		if isSiteFile(entry.Name()) {
			present[entry.Name()] = true
		}
	}
	if len(present) == 0 && len(d.files) > 0 {
		return false, errEmptied
	}
	for name := range present {
		if d.lookAt(name) {
			changed = true
		}
	}
	for name, f := range d.files {
		switch {
		case present[name]:
			f.gone = false
		case f.gone:
			delete(d.files, name)
			d.gone = append(d.gone, f)
			changed = true
		default:
			f.gone = true
		}
	}
	return changed, nil
}

// lookAt sees whether a file has changed.
func (d *directory) lookAt(name string) (changed bool) {
	f := d.files[name]
	if f == nil {
		f = &file{name: name, path: filepath.Join(d.sites.Directory, name)}
		d.files[name] = f
	}
	info, err := os.Stat(f.path) // of what a link leads to
	if err != nil {
		info = nil
	}
	stayed := d.looks == 1 || f.seen != nil && info != nil && stablefile.IsUnchanged(f.seen, info) || f.seen == nil && info == nil
	f.seen = info
	return stayed && f.load(d.sites, d.looks)
}

// isSiteFile recognises the files of sites. Editors, and programs that write a file before
// they rename it, give theirs other endings or a dot at the beginning.
func isSiteFile(name string) bool {
	extension := filepath.Ext(name)
	return (extension == ".yaml" || extension == ".yml") && !strings.HasPrefix(name, ".")
}

// all are the files in the order of their names.
func (d *directory) all() []*file {
	files := make([]*file, 0, len(d.files))
	for _, name := range slices.Sorted(maps.Keys(d.files)) {
		files = append(files, d.files[name])
	}
	return files
}
