// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sample is a text that matches a token: versions stand for its stars, and a version
// follows a slash at its end.
func sample(token string) string {
	text := strings.ReplaceAll(strings.TrimPrefix(token, "^"), "*", "1.2.3")
	if strings.HasSuffix(text, "/") {
		text += "4.5"
	}
	return text
}

// samples are user agents that an agent with this token may send.
func samples(token string) []string {
	text := sample(token)
	if strings.HasPrefix(token, "^") {
		return []string{text, text + " (+https://example.com)", strings.ToUpper(text)}
	}
	return []string{
		text, strings.ToLower(text), strings.ToUpper(text), text + " (+https://example.com/bot; bot@example.com)",
		"Mozilla/5.0 (compatible; " + text + "; +https://example.com)",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; " + text + "; +https://example.com) Chrome/126.0 Safari/537.36",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " + text + " Safari/537.36",
	}
}

func TestEveryAgentIsFoundByEachOfItsTokensAndIsNoOther(t *testing.T) {
	for i := range List {
		e := &List[i]
		t.Run(e.Name, func(t *testing.T) {
			for _, token := range e.AllTokens() {
				for _, userAgent := range samples(token) {
					found, _ := Known.Find(userAgent)
					assert.Equal(t, e.Agent, found, userAgent)
				}
				first, rest := "Not"+sample(token), sample(token)+"x-y"
				for _, userAgent := range []string{first, "https://example.com/" + sample(token), "x@" + sample(token), "like " + sample(token)} {
					_, known := Known.Find(userAgent)
					assert.False(t, known, userAgent)
				}
				if isWordByte(token[len(token)-1]) {
					found, _ := Known.Find(rest)
					assert.NotEqual(t, e.Agent, found, rest)
				}
			}
		})
	}
}

func TestTheListDoesNotContradictItself(t *testing.T) {
	names, tokens := map[string]bool{}, map[string]string{}
	for i := range List {
		e := &List[i]
		name := strings.ToLower(e.Name)
		assert.False(t, names[name], "%s has two entries", e.Name)
		names[name] = true
		for _, token := range e.AllTokens() {
			assert.Empty(t, tokens[strings.ToLower(token)], "%s also is a token of %s", token, e.Name)
			tokens[strings.ToLower(token)] = e.Name
			assert.Equal(t, strings.TrimSpace(token), token)
		}
		assert.Contains(t, []string{Training, Search, Assistant, Action, Other}, e.Purpose, e.Name)
		assert.NotContains(t, []string{Browser, None, Other}, name, "that is a class")
		assert.True(t, strings.HasPrefix(e.Source, "https://"), e.Name)
		_, err := time.Parse(time.DateOnly, e.Date)
		require.NoError(t, err, e.Name)
		assert.LessOrEqual(t, e.Date, Date, e.Name)
		assert.LessOrEqual(t, len(e.Name), 28, "the width of the preview's column")
		assert.Equal(t, e.Operator, operatorOf(e.Operator), "two spellings of an operator")
	}
	for word, all := range Known.tokens {
		assert.LessOrEqual(t, len(all), 8, "a search tries each token that begins with %s", word)
	}
	for host, name := range signers {
		assert.True(t, names[strings.ToLower(name)], "%s signs with the keys of %s and is not on the list", name, host)
	}
}

// operatorOf is how the first entry of an operator writes its name.
func operatorOf(operator string) string {
	i := slices.IndexFunc(List, func(e Entry) bool { return strings.EqualFold(e.Operator, operator) })
	return List[i].Operator
}

// TestWordsThatMeanManyThingsNeedMoreAroundThem: alone such a word is anything.
func TestWordsThatMeanManyThingsNeedMoreAroundThem(t *testing.T) {
	const kit = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
	for _, row := range []struct{ userAgent, want string }{
		{kit + "Code/1.99.0 Chrome/132.0.6834 Electron/34.2 Safari/537.36", "VS Code"},
		{kit + "Cursor/0.48 Chrome/128.0 Electron/32.2 Safari/537.36", "Cursor"},
		{kit + "Claude/0.9.2 Chrome/128.0 Electron/32.2 Safari/537.36", "Claude desktop"},
		{"Mozilla/5.0 (compatible; Spider; +https://www.spider.example)", "Spider"},
		{"Mozilla/5.0 (compatible; Operator/1.0)", "Operator"},
		{"Devin/1.0", "Devin"},
		{"Mozilla/5.0 (compatible; YaK/2.0)", "YaK"},
		{"Exabot/3.0 (+https://exa.ai)", "ExaBot"},
		{"Mozilla/5.0 (compatible; Exabot/3.0; +http://www.exabot.com/go/robot)", "Exabot (Exalead)"},
		{"Mozilla/5.0 (compatible; Exabot/4.2 (BiggerBetter); +http://www.exabot.com/go/robot)", "Exabot (Exalead)"},
		{"Mozilla/5.0 (compatible; Exabot/4.2;  http://www.exabot.com/go/robot)", "Exabot (Exalead)"},
		{"Exabot/4.2 (BiggerBetter)", "ExaBot"},
		{"LCC ( http://corpora.example)", "LCC"},
		{"LCC (-http://corpora.example)", ""},
		{kit + "Safari/601.2 facebookexternalhit/1.1 Facebot Twitterbot/1", "Messages preview"},
		{"facebookexternalhit/1.1", "facebookexternalhit"},
		{"Code/1.99.0", ""},
		{"Code/ Chrome/1 Electron/2", ""},
		{"Code/1 Chrome/1 Firefox/2", ""},
		{"Code/" + strings.Repeat("1", 33) + " Chrome/1 Electron/2", ""},
		{"Claude/1.0", ""},
		{"Spider; +https://example.com", ""},
		{"x Operator/1", ""},
	} {
		t.Run(row.userAgent, func(t *testing.T) {
			found, known := Known.Find(row.userAgent)
			assert.Equal(t, row.want != "", known)
			if known {
				assert.Equal(t, row.want, found.Name)
			}
		})
	}
}

func TestTheFirstAgentOfAForgedMixtureCounts(t *testing.T) {
	for userAgent, want := range map[string]string{
		"GPTBot/1.0 ClaudeBot/1.0 Googlebot/2.1":                        "GPTBot",
		"Mozilla/5.0 (compatible; NotGPTBot; ClaudeBot/1.0)":            "ClaudeBot",
		"Mozilla/5.0 (+https://openai.com/GPTBot) bingbot/2.0":          "bingbot",
		"Kangaroo Bots/1.0, Kangaroo Bot/2.0":                           "Kangaroo Bot",
		"kangaroo  bot, TaraGroup Intelligent Botanist, iaskspider/2.0": "iaskspider",
		"Mozilla/5.0 (X11) Chrome/126 Safari/537.36 bigsur.ai":          "bigsur.ai",
		"quillbot.com":  "QuillBot",
		"Brightbot 1.0": "Brightbot",
		"Mozilla/5.0 (compatible; Googlebot/2.1; like GPTBot)":                        "Googlebot",
		strings.Repeat("x-", 4000) + " " + strings.Repeat("Kangaroo ", 500) + "Bot/1": "Kangaroo Bot",
	} {
		found, _ := Known.Find(userAgent)
		assert.Equal(t, want, found.Name, userAgent[:min(80, len(userAgent))])
	}
}

func TestAgentsCanBeAddedByTheirToken(t *testing.T) {
	set := With("OurBot", "gptbot", "claude-Web")
	assert.Equal(t, Known.Len()+1, set.Len(), "known agents are not added again")
	a, ok := set.Find("ourbot/2.0")
	assert.True(t, ok)
	assert.Equal(t, Agent{Name: "OurBot", Purpose: Other}, a)
	a, _ = set.Find("GPTBot")
	assert.Equal(t, "OpenAI", a.Operator)
	for _, userAgent := range []string{"", "ourbot2", strings.Repeat("x", 100) + "/1 curl", "Mozilla/5.0 (X11) Chrome/126 Safari/5"} {
		_, ok = set.Find(userAgent)
		assert.False(t, ok, userAgent)
	}
	assert.True(t, IsToken("Our-Bot_2"))
	for _, text := range []string{"", "Our Bot", "é", strings.Repeat("x", MaxToken+1)} {
		assert.False(t, IsToken(text), text)
	}
}

func TestEverybodyBelongsToAClass(t *testing.T) {
	for userAgent, want := range map[string]Agent{
		"": {Name: None, Purpose: None}, " ": {Name: None, Purpose: None},
		"curl/8": {Name: Other, Purpose: Other},
		"Mozilla/5.0 (X11; rv:127.0) Gecko Firefox/1": {Name: Browser, Purpose: Browser},
		"GPTBot": {Name: "GPTBot", Operator: "OpenAI", Purpose: Training},
	} {
		assert.Equal(t, want, Known.Agent(Known.Identify(&Headers{UserAgent: userAgent})), userAgent)
	}
}

func FuzzFindAndIsBrowser(f *testing.F) {
	for _, userAgent := range append(programs, rareBrowsers...) {
		f.Add(userAgent)
	}
	f.Fuzz(func(t *testing.T, userAgent string) {
		a, known := Known.Find(userAgent)
		b, knownInUpper := Known.Find(strings.Map(upper, userAgent))
		assert.Equal(t, known, knownInUpper)
		assert.Equal(t, a, b)
		if v := Known.Identify(&Headers{UserAgent: userAgent}); v == ABrowser {
			assert.True(t, IsBrowser(userAgent) && !known)
		}
	})
}

// upper is the upper case of an ASCII letter.
func upper(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 0x20
	}
	return r
}
