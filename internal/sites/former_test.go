// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestVisitsThatWaitUnderAHostNeverGetTheTokenOfItsNextOwner: a site loses its first host, by
// which its visits of all hosts are known, to another one.
func TestVisitsThatWaitUnderAHostNeverGetTheTokenOfItsNextOwner(t *testing.T) {
	for name, gone := range map[string]bool{"the old owner has another host": false, "the old owner is gone": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, map[string]string{"old.yaml": site("s3cret-old", "a.example", "x.example"), "other.yaml": site("s3cret-z", "z.example")})
			waits := r.Set().Of("x.example")
			old := waits.Destination()
			if gone {
				r.remove("old.yaml")
			} else {
				r.write("old.yaml", site("s3cret-old", "x.example"))
			}
			r.write("new.yaml", site("s3cret-new", "a.example"))
			r.settle()
			if to := waits.Destination(); to != nil {
				assert.Same(t, old, to)
			}
			assert.Nil(t, r.Set().Of("a.example"))
			said := r.said()
			require.NotEmpty(t, said)
			assert.Contains(t, said[0]+said[1], "`project` is not set, and the first host was that of `old.yaml`, whose visits may still wait under that name: write a name of its own")

			r.write("new.yaml", site("s3cret-new", "a.example")+"project: new\n")
			r.settle()
			assert.Equal(t, "known_agents/new", r.nameOf("a.example"))
		})
	}
}

// TestASiteKeepsItsHostWithANewTokenOrAnotherFile, as long as not both change at once.
func TestASiteKeepsItsHostWithANewTokenOrAnotherFile(t *testing.T) {
	r := newRig(t, map[string]string{"old.yaml": site("s3cret-old", "a.example")})
	waits := r.Set().Of("a.example")
	r.write("old.yaml", site("s3cret-new", "a.example"))
	r.settle()
	assert.Same(t, waits, r.Set().Of("a.example"))
	r.remove("old.yaml")
	r.write("new.yaml", site("s3cret-new", "a.example"))
	r.settle()
	assert.Same(t, waits, r.Set().Of("a.example"))
}

// TestAHostThatMovesAlwaysHasASite if the file of the site that gets it is written before that
// of the site that loses it.
func TestAHostThatMovesAlwaysHasASite(t *testing.T) {
	project := func(name, token string, hosts ...string) string {
		return site(token, hosts...) + "project: " + name + "\n"
	}
	r := newRig(t, map[string]string{"1.yaml": project("one", "s3cret-1", "a.example", "moves.example"), "2.yaml": project("two", "s3cret-2", "b.example")})
	var owners []string
	look := func() {
		r.look()
		owners = append(owners, r.nameOf("moves.example"))
	}
	r.write("2.yaml", project("two", "s3cret-2", "b.example", "moves.example"))
	for range 3 {
		look()
	}
	r.write("1.yaml", project("one", "s3cret-1", "a.example"))
	for range 3 {
		look()
	}
	assert.Equal(t, []string{"known_agents/one", "known_agents/two"}, slices.Compact(owners))
}

// TestAFileInConflictCountsWhenTheOtherLetsGo of what both have, but without a project not under
// the first host of the other, whose visits may still wait.
func TestAFileInConflictCountsWhenTheOtherLetsGo(t *testing.T) {
	for name, c := range map[string]struct{ old, of, wanted string }{
		"the other's second host":           {site("s3cret-old", "x.example", "a.example"), site("s3cret-new", "a.example"), "known_agents/a.example"},
		"its first host":                    {site("s3cret-old", "a.example"), site("s3cret-new", "a.example"), ""},
		"its first host, with a project":    {site("s3cret-old", "a.example"), site("s3cret-new", "a.example") + "project: new\n", "known_agents/new"},
		"its first host, which a name hid":  {site("s3cret-old", "a.example") + "project: old\n", site("s3cret-new", "a.example"), "known_agents/a.example"},
		"its first host, of the same token": {site("s3cret-old", "a.example"), site("s3cret-old", "a.example"), "known_agents/a.example"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, map[string]string{"old.yaml": c.old, "other.yaml": site("s3cret-z", "z.example")})
			before := r.nameOf("a.example")
			r.write("new.yaml", c.of)
			r.settle()
			require.Equal(t, before, r.nameOf("a.example"))
			require.Contains(t, r.said()[1], "and so has `old.yaml`")
			r.remove("old.yaml")
			r.settle()
			assert.Equal(t, c.wanted, r.nameOf("a.example"))
		})
	}
}
