// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package sites knows the sites of one exporter: it finds the site of a host, and follows
// the directory in which each site may have a file.
//
// A configuration and files go in; a Set comes out, which does not change, and another one
// when files have changed. Sites keep their handles meanwhile, so that visits that wait keep
// their site.
//
// Begin with Registry in registry.go. set.go finds a site, file.go reads one file,
// directory.go sees which have changed, and resolve.go says which of several that claim the
// same counts.
package sites
