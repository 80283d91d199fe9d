// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestEveryPublicNameIsKnownOrItsOmissionExplained(t *testing.T) {
	all := names()
	require.Greater(t, len(all), 140)
	seen := map[string]bool{}
	for _, n := range all {
		assert.False(t, seen[strings.ToLower(n.text)], "%s stands twice", n.text)
		seen[strings.ToLower(n.text)] = true
		_, known := agents.Known.Find(n.text)
		assert.Equal(t, n.reason == "", known, "%s: either the list has it, or names.txt says why not", n.text)
	}
}

const firefox = "Mozilla/5.0 (X11; rv:127.0) Gecko/20100101 Firefox/127.0"

func TestOnlyWhatIsNewIsPrinted(t *testing.T) {
	var out bytes.Buffer
	printNew(&out, []crawler{
		{Pattern: "GPTBot", Instances: []string{"GPTBot/9.9"}, Tags: []string{"ai-crawler"}},
		{Pattern: "Google-Extended", Tags: []string{"ai-crawler"}},
		{Pattern: `NewestBot\/`, URL: "https://example.com/bot", Instances: []string{"NewestBot/1.0"}, Tags: []string{"ai-crawler"}},
		{Pattern: "NamelessBot", Tags: []string{"ai-crawler"}},
		{Pattern: "SeoBot", Instances: []string{"SeoBot/1"}, Tags: []string{"seo"}},
	})
	assert.Contains(t, out.String(), "  NewestBot\\/  https://example.com/bot\n    NewestBot/1.0\n")
	assert.Contains(t, out.String(), "  NamelessBot")
	assert.Contains(t, out.String(), "2 are new.")
	for _, name := range []string{"GPTBot", "Google-Extended", "SeoBot"} {
		assert.NotContains(t, out.String(), name)
	}
}

func TestACrawlerOfTheListThatIsNotFoundIsWrong(t *testing.T) {
	for _, row := range []struct {
		name, pattern, instance string
		wrong                   int
	}{
		{"found", "GPTBot", "GPTBot/9.9", 0},
		{"under another name", "GPTBot", "GPTBot-Turbo/9.9", 1},
		{"by a regular expression", "[gG][pP][tT]Bot", "gptBot_2", 1},
		{"a word that only ends so", "gptbot", "NotGptbot/1", 0},
		{"a name that only begins so", "SemrushBot", "SemrushBot/7", 0},
		{"no agent of the list", "NamelessBot", "NamelessBot/1", 0},
		{"no regular expression of Go", "(?!GPTBot)", "GPTBot-Turbo", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, row.wrong, checkCrawlers(io.Discard, []crawler{{Pattern: row.pattern, Instances: []string{row.instance}}}))
		})
	}
	var out bytes.Buffer
	checkCrawlers(&out, []crawler{{Pattern: "SeoBot", Instances: []string{firefox, "GPTBot/1.0", "SeoBot/1.0"}}})
	assert.Equal(t, "Of 3 user agents of crawlers of all kinds, 1 are of agents of the list, and 1 have the form of a browser.\n", out.String())
}

func TestABrowserThatIsTakenForAnAgentIsWrong(t *testing.T) {
	var out bytes.Buffer
	browsers := []string{firefox, firefox + " GPTBot/1.2"}
	assert.Equal(t, 1, checkBrowsers(&out, browsers))
	assert.Equal(t, "A browser that is taken for GPTBot: "+firefox+" GPTBot/1.2\nOf 2 different user agents of browsers, 1 are taken for an agent and 0 for another program.\n", out.String())
	many := slices.Repeat([]string{firefox}, 198)
	assert.Zero(t, checkBrowsers(io.Discard, append(many, "reader/1", "")), "one in a hundred may be another program")
	assert.Equal(t, 3, checkBrowsers(io.Discard, append(many, "reader/1", "", "reader/2")))
}

func TestTheSourceOfAnAgentIsThePageOfTheOperatorThatIsCited(t *testing.T) {
	const page = "https://operator.example/bot"
	for _, row := range []struct {
		name, instance, url string
		wrong               int
	}{
		{"a list where a page is cited", "FriendlyCrawler/2", page, 1},
		{"a home page", "FriendlyCrawler/2", "https://operator.example/", 0},
		{"no page", "FriendlyCrawler/2", "", 0},
		{"a stranger's page", "FriendlyCrawler/2", "https://www.datadome.co/bots/friendly", 0},
		{"a page already", "AI2Bot/2", page, 0},
		{"no agent of the list", "NamelessBot/2", page, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, row.wrong, checkSources(io.Discard, []crawler{{Pattern: "any", URL: row.url, Instances: []string{row.instance}}}))
		})
	}
}

// writePackage writes a package as npm packs it, and returns its path.
func writePackage(t *testing.T, name, text string) string {
	t.Helper()
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	archive := tar.NewWriter(zipped)
	require.NoError(t, archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}))
	_, err := archive.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, archive.Close())
	require.NoError(t, zipped.Close())
	path := filepath.Join(t.TempDir(), "package.tgz")
	require.NoError(t, os.WriteFile(path, packed.Bytes(), 0o600))
	return path
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var packed strings.Builder
	zipped := gzip.NewWriter(&packed)
	_, err := zipped.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, zipped.Close())
	return packed.String()
}

func TestPackagesOfNpmAreRead(t *testing.T) {
	var all contents
	require.NoError(t, all.read(writePackage(t, "package/crawler-user-agents.json", `[{"pattern": "A", "instances": ["A/1"]}]`)))
	require.NoError(t, all.read(writePackage(t, "package/dist/user-agents.json", `[{"userAgent": "one"}, {"userAgent": "one"}]`)))
	require.NoError(t, all.read(writePackage(t, "package/src/user-agents.json.gz", gzipped(t, `[{"userAgent": "two"}, {"userAgent": "one"}]`))))
	require.NoError(t, all.read(writePackage(t, "package/data/external-raw/browserstack/userAgents.json", `[{"string": "three"}]`)))
	require.NoError(t, all.read(writePackage(t, "package/useragent-data.json",
		`[{"folder": "/Browsers - Mac", "userAgent": "four"}, {"folder": "/Libraries", "userAgent": "no"}]`)))
	assert.Equal(t, []string{"one", "two", "three", "four"}, all.browsers)
	assert.Equal(t, []crawler{{Pattern: "A", Instances: []string{"A/1"}}}, all.crawlers)

	require.ErrorContains(t, all.read(writePackage(t, "package/index.js", "")), "no user agents in a file that is known")
	require.ErrorContains(t, all.read(writePackage(t, "package/dist/user-agents.json", "{")), "user-agents.json: unexpected EOF")
	require.ErrorContains(t, all.read("main.go"), "no package of npm")
	require.ErrorContains(t, run(nil, io.Discard), "usage")
}

func TestAStrictComparisonFailsOnWhatIsWrong(t *testing.T) {
	profiles := make([]map[string]string, minBrowsers)
	for i := range profiles {
		profiles[i] = map[string]string{"userAgent": strings.ReplaceAll(firefox, "127", strconv.Itoa(i))}
	}
	few := pack(t, profiles[1:])
	require.ErrorContains(t, run([]string{"-strict", few}, io.Discard), "hold the user agents of 1999 browsers, and 2000 are needed")
	require.NoError(t, run([]string{"-strict", pack(t, profiles)}, io.Discard))
	profiles = append(profiles, map[string]string{"userAgent": firefox + " GPTBot/1"})
	require.ErrorContains(t, run([]string{"-strict", pack(t, profiles)}, io.Discard), "wrong about 1 real user agents")
	require.NoError(t, run([]string{few}, io.Discard), "without -strict it only tells")
}

func pack(t *testing.T, profiles []map[string]string) string {
	t.Helper()
	text, err := json.Marshal(profiles)
	require.NoError(t, err)
	return writePackage(t, "package/dist/user-agents.json", string(text))
}

// TestDocumentsShowTheList writes both tables of docs/agents.md with -update.
func TestDocumentsShowTheList(t *testing.T) {
	const end = "<!-- end -->\n"
	page := fixture.ReadFile(t, "docs/agents.md")
	for begin, table := range map[string]string{
		"<!-- agents: generated by `make agents-page` -->\n":  knownTable(),
		"<!-- omitted: generated by `make agents-page` -->\n": omittedTable(),
	} {
		before, rest, found := strings.Cut(page, begin)
		require.True(t, found, begin)
		_, after, found := strings.Cut(rest, end)
		require.True(t, found, end)
		page = before + begin + "\n" + table + "\n" + end + after
	}
	fixture.RequireFile(t, "docs/agents.md", page)
}
