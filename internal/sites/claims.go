// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"cmp"
	"crypto/rand"
	"os"
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/hostname"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// version is one configuration of a site: an entry of the list, or what a file holds or
// held. Nobody changes it.
type version struct {
	place    string // see destination.Entry
	name     string
	patterns []hostname.Pattern
	isNamed  bool // see destination.Entry
	to       *destination.Destination
	secret   string // a digest
	since    age
}

// age says since when a version is there. That of the list is zero.
type age struct {
	look    int       // at which its file had it first: what counts already comes before what is new
	written time.Time // the time of the file
}

// newVersion takes an entry without faults.
func newVersion(e *destination.Entry, since age) *version {
	to := e.Destination()
	return &version{
		place: e.Place, name: e.Name(), patterns: e.Patterns(), isNamed: e.IsNamed(), to: to,
		secret: string(to.SecretDigest(salt[:])), since: since,
	}
}

// salt is another one in each process, so that a digest tells nothing.
var salt = func() (s [32]byte) {
	_, _ = rand.Read(s[:]) // never fails
	return s
}()

// byAge orders versions, the oldest first.
func byAge(a, b *version) int {
	return cmp.Or(a.since.look-b.since.look, a.since.written.Compare(b.since.written), strings.Compare(a.place, b.place))
}

// claims are what sites have for themselves, with the place of each.
type claims struct {
	hosts      map[hostname.Pattern]string
	identities map[string]string
	secrets    map[string]string
	former     former
}

// former are the last versions with each identity since the start. Visits may still wait
// under it.
type former map[string]*version

func newClaims(f former) *claims {
	return &claims{hosts: map[hostname.Pattern]string{}, identities: map[string]string{}, secrets: map[string]string{}, former: f}
}

// take claims what a version has. If another one has it already, it reports that and claims
// nothing.
func (c *claims) take(f validation.Faults, v *version) (ok bool) {
	if !c.areFree(f, v) {
		return false
	}
	for _, p := range v.patterns {
		c.hosts[p] = v.place
	}
	c.identities[identityOf(v)] = v.place
	c.secrets[v.secret] = v.place
	return true
}

// release gives back what a version has taken.
func (c *claims) release(v *version) {
	for _, p := range v.patterns {
		delete(c.hosts, p)
	}
	delete(c.identities, identityOf(v))
	delete(c.secrets, v.secret)
}

func (c *claims) areFree(f validation.Faults, v *version) (free bool) {
	free = true
	for _, p := range v.patterns {
		if other, taken := c.hosts[p]; taken {
			f.Add("hosts", "has %q, and so has `%s`: a host belongs to one site; remove it from one of the two", validation.Shorten(p.String()), other)
			free = false
		}
	}
	if !free {
		return false // most likely the rest is the same, too
	}
	if other, taken := c.identities[identityOf(v)]; taken {
		f.Add(destination.SiteKeys[v.to.Name], "is that of `%s` too: each site has its own; if they are one site, write all its hosts in one place", other)
		return false
	}
	if other := c.former[identityOf(v)]; other != nil && !v.isNamed && other.place != v.place && other.secret != v.secret {
		f.Add(destination.SiteKeys[v.to.Name], "is not set, and the first host was that of `%s`, whose visits may still wait under that name: write a name of its own", other.place)
		return false
	}
	if other, taken := c.secrets[v.secret]; taken {
		_, key := cutLast(v.to.SecretKey, "::")
		f.Add(key, "is the same as that of `%s`: each site has its own; if they are one site, write all its hosts in one place", other)
		return false
	}
	return true
}

// identityOf is the same for names that differ in case alone. A site's id is one in either.
func identityOf(v *version) string { return strings.ToUpper(v.to.Identity()) }

func cutLast(s, separator string) (before, after string) {
	i := strings.LastIndex(s, separator)
	return s[:max(i, 0)], s[i+len(separator):]
}

// Check reports what several sites of a list have in common, and a directory that cannot be
// read. Faults of a single entry are reported by CheckDestination. s may be nil.
func Check(f validation.Faults, s *destination.Sites) {
	if s == nil {
		return
	}
	c := newClaims(nil)
	for i, e := range s.List {
		alone := validation.NewFaults()
		if e.Check(alone); alone.Err() == nil {
			c.take(inList(f, s, i), newVersion(e, age{}))
		}
	}
	if s.Directory == "" {
		return
	}
	if _, err := os.ReadDir(s.Directory); err != nil {
		f.In(s.Block).Add("sites_directory", "%w", unreadable(err))
	}
}
