// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// fileKind is what the extension of a path says of the file.
type fileKind uint8

const (
	otherFile   fileKind = iota // also a path without an extension
	textFile                    // text that agents read: it always counts
	document                    // a PDF, which agents read too
	staticAsset                 // what only browsers need
)

// kindOf returns what the extension of a path says, in any case.
func kindOf(path string) fileKind {
	kind := kindOfName(path)
	if kind == staticAsset && strings.EqualFold(path[len(path)-len(packed):], packed) && kindOfName(path[:len(path)-len(packed)]) == textFile {
		return textFile
	}
	return kind
}

// packed is the extension of packed files. Text stays text, as sitemap.xml.gz does.
const packed = ".gz"

// kindOfName returns the same of a file that is not packed.
func kindOfName(path string) fileKind {
	i := len(path) - 1
	for i >= 0 && path[i] != '/' && path[i] != '.' {
		i--
	}
	if i < 0 || path[i] == '/' {
		return otherFile
	}
	var buffer [16]byte // longer than any of the extensions
	if len(path)-i > len(buffer) {
		return otherFile
	}
	extension := ascii.AppendLower(buffer[:0], path[i+1:])
	switch {
	case staticExtensions.Has(extension):
		return staticAsset
	case textExtensions.Has(extension):
		return textFile
	case string(extension) == documentExtension:
		return document
	}
	return otherFile
}

// staticExtensions are the file extensions that Known Agents' own clients leave out (node-sdk,
// src/paths.ts, in November 2026), but for documentExtension.
var staticExtensions = ascii.NewWordFilter(ascii.WordSet(staticWords))

const staticWords = `ico png jpg jpeg gif webp svg bmp tiff avif heic heif css js mjs ts jsx tsx map wasm
	woff woff2 ttf otf eot mp3 mp4 webm wav ogg aac m4a flac mov avi flv m4v webmanifest zip gz`

// textExtensions are those of text that agents read, such as robots.txt, llms.txt,
// sitemaps and feeds. It counts even where frameworks keep their own files.
var textExtensions = ascii.NewWordFilter(ascii.WordSet(textWords))

const textWords = `txt xml json md`

// documentExtension is that of documents. Known Agents' own clients leave them out. They
// count here, because agents fetch them for their content, as they fetch pages.
const documentExtension = "pdf"

// isFrameworkInternal reports whether only frameworks and their tools use a path, in any
// case.
func isFrameworkInternal(path string) bool {
	if !frameworkStarts.hasPath(path) {
		return false
	}
	for _, whole := range frameworkPaths {
		if strings.EqualFold(strings.TrimSuffix(path, "/"), whole) {
			return true
		}
	}
	return beginsWithAny(path, frameworkFolders) && !beginsWithAny(path, contentFolders)
}

// beginsWithAny reports whether a path begins with one of the folders, in any case.
func beginsWithAny(path string, folders []string) bool {
	for _, folder := range folders {
		if len(path) >= len(folder) && strings.EqualFold(path[:len(folder)], folder) {
			return true
		}
	}
	return false
}

// frameworkFolders hold what only frameworks and their development servers use, as Known
// Agents' own clients list them (node-sdk, and the WordPress plugin dark-visitors). A page can have a name that begins like one of them, so
// each ends with a slash, or is a beginning that frameworks keep for themselves.
var frameworkFolders = []string{
	"/_next/", "/_nuxt/", "/_astro/", "/_app/", "/__nextjs_", "/@vite/", "/@fs/", "/@id/",
	"/node_modules/", "/_vercel/", "/sockjs-node/", "/webpack-dev-server/",
	"/wp-admin/", "/wp-includes/", "/wp-content/", "/wp-json/",
}

// contentFolders lie in frameworkFolders and hold what agents read: the files that a
// site's authors uploaded, and its posts and pages as JSON.
var contentFolders = []string{"/wp-content/uploads/", "/wp-json/wp/v2/"}

// frameworkPaths are single paths of this kind. A slash may follow.
var frameworkPaths = []string{
	"/__vite_ping", "/__webpack_hmr", "/@react-refresh",
	"/wp-admin", "/wp-login", "/wp-login.php", "/wp-cron.php", "/wp-json",
}

// frameworkStarts are how frameworkFolders and frameworkPaths begin.
var frameworkStarts = newStarts(1, frameworkFolders, frameworkPaths)

// starts has for each byte with which some texts begin the bytes that follow it there, as
// bits of the byte's lower five bits. Nearly all other texts begin otherwise, and are told
// at once.
type starts [256]uint32

// newStarts returns how texts begin from a place on, in either case. Each has two bytes
// there.
func newStarts(at int, lists ...[]string) *starts {
	s := new(starts)
	for _, texts := range lists {
		for _, text := range texts {
			following := uint32(1) << (text[at+1] & 31)
			for _, first := range []string{strings.ToLower(text), strings.ToUpper(text)} {
				s[first[at]] |= following
			}
		}
	}
	return s
}

// has reports whether a text may be one of the texts, or begin with one of them.
func (s *starts) has(first, second byte) bool { return s[first]>>(second&31)&1 != 0 }

// hasPath is has for a path, whose first byte is a slash.
func (s *starts) hasPath(path string) bool { return len(path) > 2 && s.has(path[1], path[2]) }
