// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"go.opentelemetry.io/collector/confmap"

	"github.com/agentvisits/agentvisitsexporter/internal/blocks"
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/stablefile"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// maxFileBytes is more than the file of any site has.
const maxFileBytes = 64 << 10

// file is one file of the directory.
type file struct {
	name string
	path string

	seen     os.FileInfo // at the last look; nil if it could not be looked at
	gone     bool        // at the last look
	read     os.FileInfo // when its text was read last; nil if that failed
	digest   [sha256.Size]byte
	next     *version // of that text; nil if it has a fault
	fault    error    // of that text, or of reading it
	good     *version // what counts; nil if nothing
	used     *version // what is to count; see resolve
	conflict error    // with another site
	reported string   // the fault that the log has
}

// load reads the file if it is not as it was. It reports whether it found anything new.
func (f *file) load(sites *destination.Sites, look int) (isNew bool) {
	if f.read != nil && f.seen != nil && stablefile.IsUnchanged(f.read, f.seen) && f.fault == nil {
		return false
	}
	text, info, err := readStable(f.path)
	if errors.Is(err, stablefile.ErrBeingWritten) {
		f.seen = nil
		return false // and look again
	}
	f.read = info
	digest := sha256.Sum256(text)
	if err == nil && f.next != nil && digest == f.digest {
		f.fault = nil
		return false // the same again, such as all files of a Kubernetes volume
	}
	hadFault := f.fault
	f.next, f.fault, f.digest = nil, err, digest
	if err == nil {
		f.next, f.fault = parse(text, f.name, age{look, info.ModTime()}, sites)
	}
	return f.next != nil || hadFault == nil || hadFault.Error() != f.fault.Error()
}

// parse reads the text of a file. The error shows none of it but names of keys and hosts.
func parse(text []byte, name string, since age, sites *destination.Sites) (*version, error) {
	given, err := decodeYAML(text)
	if err != nil {
		return nil, err
	}
	entry, config := sites.NewFile(name)
	if err := blocks.Decode(confmap.NewFromStringMap(given), config); err != nil {
		return nil, err
	}
	f := validation.NewFaults()
	texts := entry.PlainTexts()
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if strings.Contains(texts[key], "${") {
			f.Add(key, "holds a variable (${...}), and none is replaced in the file of a site: write the value itself; a secret may stand in a file of its own, whose path goes into `access_token_file` or `api_key_file`")
		}
	}
	if f.Err() == nil {
		entry.Check(f)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return newVersion(entry, since), nil
}

// decodeYAML reads the only document of a text. The decoder's own errors would show parts of
// it.
func decodeYAML(text []byte) (given map[string]any, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	switch err := decoder.Decode(&given); {
	case errors.Is(err, io.EOF), err == nil && len(given) == 0:
		return nil, errors.New("is empty: write the keys of a site, such as hosts")
	case err != nil:
		return nil, fmt.Errorf("is no YAML with the keys of one site%s: write each key and its value on a line, such as `hosts: [www.example.com]`", lineOf(err))
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("has more than one YAML document: write one file for each site")
	}
	return given, nil
}

var lineNumber = regexp.MustCompile(`\bline \d+`)

func lineOf(err error) string {
	if line := lineNumber.FindString(err.Error()); line != "" {
		return " (" + line + ")"
	}
	return ""
}

// readStable returns the text of a file that stays as it is meanwhile.
func readStable(path string) (text []byte, info os.FileInfo, err error) {
	text, info, err = stablefile.Read(path, maxFileBytes)
	switch {
	case errors.Is(err, stablefile.ErrBeingWritten):
		return nil, nil, err
	case errors.Is(err, stablefile.ErrNotRegular):
		return nil, nil, fmt.Errorf("%w: remove it, or give it another name", err)
	case err != nil:
		return nil, nil, unreadable(err)
	case len(text) > maxFileBytes:
		return nil, nil, fmt.Errorf("has more than %d bytes: write one file for each site", maxFileBytes)
	}
	return text, info, nil
}

// unreadable is the fault of a file or directory that cannot be read. The system's error
// would show the path, in whose place people write secrets.
func unreadable(err error) error {
	return fmt.Errorf("cannot be read: %w; see that it is there and that the Collector's user may read it", stablefile.WithoutPath(err))
}
