// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
)

func TestTheMostSpecificHostDecides(t *testing.T) {
	r, err := New(knownAgents("", []string{"*.example.com"}, []string{"www.example.com", "shop.example"}, []string{"*.a.example.com", "BÜCHER.example"}), zap.NewNop())
	require.NoError(t, err)
	for host, want := range map[string]string{
		"www.example.com": "known_agents/www.example.com", "www.example.com:8443": "known_agents/www.example.com", "shop.example": "known_agents/www.example.com",
		"x.example.com": "known_agents/*.example.com", "x.a.example.com": "known_agents/*.a.example.com", "a.example.com": "known_agents/*.example.com",
		"x.www.example.com": "known_agents/*.example.com", "xn--bcher-kva.example": "known_agents/*.a.example.com",
		"example.com": "", "x.shop.example": "", "": "", "example.com.evil.test": "", "wwwXexample.com": "", "10.0.0.7": "", "[2001:db8::1]:80": "",
	} {
		t.Run(host, func(t *testing.T) {
			got := ""
			if s := r.Set().Of(host); s != nil {
				got = s.Identity()
			}
			assert.Equal(t, want, got)
		})
	}
}

func TestFilesAreAddedChangedAndRemovedWithoutARestart(t *testing.T) {
	r := newRig(t, map[string]string{"a.yaml": site("s3cret-a", "a.example")}, []string{"list.example"})
	assert.Equal(t, []string{"The sites are known.map[in_files:1 sites:2]"}, r.said())
	kept := r.Set().Of("a.example")

	r.write("b.yml", site("s3cret-b", "b.example", "*.b.example"))
	r.look()
	assert.Empty(t, r.nameOf("b.example"), "it may still be written")
	r.look()
	assert.Equal(t, "known_agents/b.example", r.nameOf("x.b.example"))
	assert.Equal(t, []string{"A site was added.map[file:b.yml site:b.example]"}, r.said())

	r.write("a.yaml", site("s3cret-new", "a.example", "www.a.example"))
	before := kept.Destination()
	r.settle()
	assert.Same(t, kept, r.Set().Of("www.a.example"), "the site keeps its handle")
	assert.NotSame(t, before, kept.Destination())
	assert.Equal(t, []string{"A site was changed.map[file:a.yaml site:a.example]"}, r.said())

	r.remove("a.yaml")
	r.look()
	assert.Equal(t, "known_agents/a.example", r.nameOf("a.example"), "it may be about to come back")
	r.look()
	assert.Empty(t, r.nameOf("a.example"))
	assert.Nil(t, kept.Destination())
	assert.Same(t, kept, r.Find("known_agents/a.example"))
	assert.Equal(t, []string{"A site was removed.map[file:a.yaml site:a.example]"}, r.said())
	assert.Equal(t, "known_agents/list.example", r.nameOf("list.example"))

	r.write("again.yaml", site("s3cret-new", "a.example"))
	r.settle()
	assert.Same(t, kept, r.Set().Of("a.example"), "what waits is sent again")
	assert.NotNil(t, kept.Destination())
	r.settle()
	assert.Len(t, r.said(), 1, "nothing has changed any more")
}

// TestASiteIsNamedByTheFirstHostThatItHasNow, or two sites could have one name in the metrics.
func TestASiteIsNamedByTheFirstHostThatItHasNow(t *testing.T) {
	r := newRig(t, map[string]string{"17.yaml": site("s3cret-17", "old.example") + "project: shop-17\n"})
	s := r.Set().Of("old.example")
	assert.Equal(t, "old.example", s.Name())
	r.write("17.yaml", site("s3cret-17", "new.example")+"project: shop-17\n")
	r.settle()
	assert.Same(t, s, r.Set().Of("new.example"))
	assert.Equal(t, "new.example", s.Name())

	r.remove("17.yaml")
	r.write("18.yaml", site("s3cret-18", "new.example")+"project: shop-18\n")
	r.settle()
	assert.Equal(t, "new.example", s.Name(), "what waits is still spoken of")
}

func TestAFileThatCannotBeUsedIsNoneOfTheKnownSites(t *testing.T) {
	r := newRig(t, map[string]string{
		"a.yaml": site("s3cret-a", "a.example"), "b.yaml": site("s3cret-b", "b.example") + "bogus: 1\n", "c.yaml": site("s3cret-c", "list.example"),
	}, []string{"list.example"})
	assert.Contains(t, r.said(), "The sites are known.map[in_files:1 sites:2]")
}

func TestTheHostOfANewFaultyFileStaysWithThePatternOfAnotherSite(t *testing.T) {
	r := newRig(t, map[string]string{"a.yaml": site("s3cret-a", "*.agency.example")})
	r.write("new.yaml", site("s3cret-b", "shop.agency.example")+"bogus: 1\n")
	r.settle()
	assert.Equal(t, "known_agents/*.agency.example", r.nameOf("shop.agency.example"))
	assert.Contains(t, strings.Join(r.said(), "\n"), "are skipped, unless another site has them.")
}

func TestAFaultyFileLeavesAllSitesAsTheyAre(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":                 {"", "is empty"},
		"a comment alone":       {"# s3cret\n", "is empty"},
		"no YAML":               {"hosts: [a.example\naccess_token: s3cret", "is no YAML"},
		"a key twice":           {"hosts: [a.example]\nhosts: [s3cret.example]\n", "is no YAML"},
		"a list":                {"- hosts: [a.example]\n", "is no YAML"},
		"two documents":         {site("s3cret-2", "a.example") + "---\n" + site("s3cret-3", "z.example"), "more than one YAML document"},
		"a misspelt key":        {"hosts: [a.example]\naccess_tokn: s3cret\n", "did you mean `access_token`"},
		"another type":          {"hosts: a\naccess_token: 5\n", "`access_token` is a number"},
		"no hosts":              {"access_token: s3cret\n", "`hosts` is empty"},
		"all hosts":             {site("s3cret-2", "*"), "means all hosts"},
		"a URL":                 {site("s3cret-2", "https://a.example/x"), `write "a.example" alone`},
		"no token":              {"hosts: [a.example]\n", "`access_token` is empty: write the secret alone"},
		"a variable":            {site("${env:s3cret}", "a.example"), "none is replaced in the file of a site"},
		"a variable for a host": {site("s3cret-2", "${env:HOST}"), "none is replaced in the file of a site"},
		"a placeholder":         {site("<token>", "a.example"), "holds a placeholder"},
		"too long":              {"#" + strings.Repeat("s3cret", 20_000), "has more than"},
		"a host of the list":    {site("s3cret-2", "list.example"), "`hosts` has \"list.example\", and so has `known_agents::sites::0`"},
		"a host of a file":      {site("s3cret-2", "B.example."), "and so has `b.yaml`"},
		"a token of a file":     {site("s3cret-b", "z.example"), "is the same as that of `b.yaml`"},
		"a project of a file":   {site("s3cret-2", "z.example") + "project: b.example", "`project` is that of `b.yaml` too"},
		"a key of Scrunch":      {"hosts: [a.example]\nsite_id: s3cret\n", "`site_id` is no key"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, map[string]string{"a.yaml": site("s3cret-a", "a.example"), "b.yaml": site("s3cret-b", "b.example")}, []string{"list.example"})
			r.said()
			r.write("a.yaml", c.text)
			r.write("new.yaml", c.text)
			r.settle()
			said := r.said()
			require.Len(t, said, 2, said)
			for _, line := range said {
				assert.Contains(t, line, "The file of a site cannot be used.")
				assert.Contains(t, line, c.want)
				assert.NotContains(t, line, "s3cret")
			}
			assert.Equal(t, "known_agents/a.example", r.nameOf("a.example"), "its last good state")
			assert.Equal(t, "known_agents/b.example", r.nameOf("b.example"))
			assert.Equal(t, "known_agents/list.example", r.nameOf("list.example"))
			assert.Equal(t, 3, r.Set().Len())
			r.settle()
			assert.Empty(t, r.said(), "each fault once")
			r.write("a.yaml", site("s3cret-a", "a.example"))
			r.remove("new.yaml")
			r.settle()
			assert.Contains(t, strings.Join(r.said(), "\n"), "The file of a site can be used again.map[file:a.yaml]")
		})
	}
}

func TestADirectoryThatCannotBeReadChangesNothing(t *testing.T) {
	r := newRig(t, map[string]string{"a.yaml": site("s3cret-a", "a.example")})
	r.said()
	moved := r.path + ".moved"
	require.NoError(t, os.Rename(r.path, moved))
	r.settle()
	assert.Len(t, r.said(), 1, "one warning")
	assert.Equal(t, "known_agents/a.example", r.nameOf("a.example"))
	require.NoError(t, os.Mkdir(r.path, 0o750)) // a volume that is not mounted
	r.settle()
	assert.Len(t, r.said(), 1)
	assert.Equal(t, "known_agents/a.example", r.nameOf("a.example"))
	require.NoError(t, os.Remove(r.path))
	require.NoError(t, os.Rename(moved, r.path))
	r.settle()
	assert.Equal(t, []string{"The directory of sites is followed again.map[]"}, r.said())

	_, err := New(knownAgents(filepath.Join(r.path, "none")), zap.NewNop())
	assert.ErrorContains(t, err, "`known_agents::sites_directory` cannot be read: no such file or directory")
}

// TestTheLastFileStaysUntilThereIsAnother: without any file, the volume may not be mounted.
func TestTheLastFileStaysUntilThereIsAnother(t *testing.T) {
	r := newRig(t, map[string]string{"a.yaml": site("s3cret-a", "a.example")})
	r.remove("a.yaml")
	r.settle()
	assert.Equal(t, "known_agents/a.example", r.nameOf("a.example"))
	r.write("b.yaml", site("s3cret-b", "b.example"))
	r.settle()
	assert.Empty(t, r.nameOf("a.example"))
	assert.Equal(t, "known_agents/b.example", r.nameOf("b.example"))
	r.remove("b.yaml")

	afterReload, err := New(knownAgents(r.path), zap.NewNop())
	require.NoError(t, err)
	assert.Nil(t, afterReload.Set().Of("b.example"))
}

// TestAVolumeOfKubernetesIsFollowed: all files are links, and one link is replaced.
func TestAVolumeOfKubernetesIsFollowed(t *testing.T) {
	r := newRig(t, nil)
	publish := func(version string, files map[string]string) {
		require.NoError(t, os.Mkdir(filepath.Join(r.path, "..", filepath.Base(r.path)+version), 0o750))
		for name, text := range files {
			require.NoError(t, os.WriteFile(filepath.Join(r.path+version, name), []byte(text), 0o600))
		}
		require.NoError(t, os.Symlink(r.path+version, filepath.Join(r.path, "..data_tmp")))
		require.NoError(t, os.Rename(filepath.Join(r.path, "..data_tmp"), filepath.Join(r.path, "..data")))
	}
	publish("1", map[string]string{"a.yaml": site("s3cret-a", "a.example"), "b.yaml": site("s3cret-b", "b.example")})
	for _, name := range []string{"a.yaml", "b.yaml"} {
		require.NoError(t, os.Symlink(filepath.Join("..data", name), filepath.Join(r.path, name)))
	}
	r.settle()
	assert.Len(t, r.said(), 3)
	b := r.Set().Of("b.example").Destination()
	publish("2", map[string]string{"a.yaml": site("s3cret-a2", "a.example"), "b.yaml": site("s3cret-b", "b.example")})
	r.settle()
	assert.Equal(t, []string{"A site was changed.map[file:a.yaml site:a.example]"}, r.said())
	assert.Same(t, b, r.Set().Of("b.example").Destination(), "a file that is the same has not changed")
}

func TestFilesOfEditorsAreNoSites(t *testing.T) {
	r := newRig(t, map[string]string{"a.yaml": site("s3cret-a", "a.example")})
	for _, name := range []string{".a.yaml.swp", ".#a.yaml", "#a.yaml#", "a.yaml~", "4913", "a.yaml.bak", "a.yaml.tmp", ".hidden.yaml", "README.md"} {
		require.NoError(t, os.WriteFile(filepath.Join(r.path, name), []byte("nonsense"), 0o600))
	}
	r.said()
	r.settle()
	assert.Empty(t, r.said())
	assert.Equal(t, 1, r.Set().Len())
}

// TestASecretThatComesLaterMakesAFileGood: nothing changes in the file itself.
func TestASecretThatComesLaterMakesAFileGood(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "token")
	r := newRig(t, map[string]string{"a.yaml": "hosts: [a.example]\naccess_token_file: " + secret + "\n"})
	assert.Contains(t, r.said()[0], "`access_token_file` cannot be read")
	require.NoError(t, os.WriteFile(secret, []byte("s3cret-a\n"), 0o600))
	r.settle()
	assert.Equal(t, "known_agents/a.example", r.nameOf("a.example"))
}
