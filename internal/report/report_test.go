// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

const (
	browserAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	gptBot       = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
	chatGPTUser  = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot"
	claudeBot    = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)"
)

// counted is a request, or an item that was skipped.
type counted struct {
	Request
	skip visit.SkipReason
	at   Place
}

// week is some of what a website sees in six weeks, always the same.
func week() (all []counted) {
	random := rand.New(rand.NewPCG(1, 2))
	senders := []string{browserAgent, browserAgent, gptBot, chatGPTUser, claudeBot, "curl/8.5.0", ""}
	begin := time.Date(2026, time.April, 27, 9, 0, 0, 0, time.UTC)
	for i := range 3000 {
		r := Request{
			Time: begin.Add(time.Duration(i) * 20 * time.Minute).UnixNano(), Headers: agents.Headers{UserAgent: senders[random.IntN(len(senders))]},
			Host: "www.example.com", Path: fmt.Sprintf("/guides/%d", int(random.ExpFloat64()*8)), Status: 200, Has: HasClientIP,
		}
		switch random.IntN(20) {
		case 0:
			r.Path, r.Status = "/moved", 404
		case 1:
			r.Status = 503
		case 2:
			r.Referer = "https://chatgpt.com/"
		case 3:
			r.Query = "utm_source=perplexity&x=1"
		}
		all = append(all, counted{Request: r})
		if i%9 == 0 {
			all = append(all, counted{skip: visit.SkipStaticAsset, at: Place{File: i % 2, Line: int64(i + 1)}})
		}
	}
	return append(all, counted{skip: visit.SkipNotAccessLog, at: Place{File: 1, Line: 17}})
}

func (c *Counter) count(all []counted) *Counter {
	for i := range all {
		if all[i].skip != visit.NotSkipped {
			c.Skip(all[i].skip, all[i].at)
		} else {
			c.Add(&all[i].Request)
		}
	}
	return c
}

func placeOf(p Place) string { return fmt.Sprintf("access.log.%d:%d", p.File, p.Line) }

func reportOf(all []counted) *Report {
	r := NewCounter(time.UTC).count(all).Report(placeOf)
	r.Files = []File{{Name: "access.log.0", Lines: r.Lines / 2}, {Name: "access.log.1", Lines: r.Lines - r.Lines/2}}
	return r
}

func TestReportsAreWrittenAsTheGoldenFilesHaveThem(t *testing.T) {
	r := reportOf(week())
	for name, write := range map[string]func(*bytes.Buffer) error{
		"report.txt":  func(to *bytes.Buffer) error { return r.WriteText(to, TextSettings{}) },
		"report.json": func(to *bytes.Buffer) error { return r.WriteJSON(to) },
		"report.html": func(to *bytes.Buffer) error { return r.WriteHTML(to) },
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, write(&out))
			fixture.RequireFile(t, "internal/report/testdata/"+name, out.String())
		})
	}
}

func TestAnEmptyLogHasAReportThatSaysSo(t *testing.T) {
	var text, page bytes.Buffer
	r := reportOf(nil)
	require.NoError(t, r.WriteText(&text, TextSettings{}))
	require.NoError(t, r.WriteHTML(&page))
	assert.Contains(t, text.String(), "No known agent.")
	assert.Contains(t, page.String(), "No known agent.")
	encoded, err := json.Marshal(r)
	require.NoError(t, err)
	assert.NotContains(t, string(encoded), "null")
}

func TestOrderAndDivisionDoNotChangeTheReport(t *testing.T) {
	all := week()
	want := reportOf(all)
	random := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		counters := make([]*Counter, 1+random.IntN(5))
		for i := range counters {
			counters[i] = NewCounter(time.UTC)
		}
		for i := range all {
			counters[random.IntN(len(counters))].count(all[i : i+1])
		}
		for _, c := range counters[1:] {
			counters[0].Merge(c)
		}
		got := counters[0].Report(placeOf)
		got.Files = want.Files
		assert.Equal(t, want, got)
	}
}

func TestOnlyABrowserIsAPersonWhomAnAssistantSent(t *testing.T) {
	for userAgent, want := range map[string]int{browserAgent: 1, gptBot: 0, "curl/8.5.0": 0, "": 0} {
		c := NewCounter(time.UTC)
		c.Add(&Request{Path: "/", Headers: agents.Headers{UserAgent: userAgent}, Referer: "https://chatgpt.com/", Query: "utm_source=chatgpt.com"})
		assert.Len(t, c.Report(placeOf).SentBy, want, userAgent)
	}
}

func TestTheHostOfAllPagesIsNamedOnce(t *testing.T) {
	c := NewCounter(time.UTC)
	c.Add(&Request{Host: "example.com", Path: "/a", Headers: agents.Headers{UserAgent: gptBot}})
	r := c.Report(placeOf)
	assert.Equal(t, []string{"example.com", "/a"}, []string{r.Site, r.Pages[0].Page})
	c.Add(&Request{Host: "example.org", Path: "/a", Headers: agents.Headers{UserAgent: gptBot}})
	r = c.Report(placeOf)
	assert.Equal(t, []string{"", "example.com/a", "example.org/a"}, []string{r.Site, r.Pages[0].Page, r.Pages[1].Page})
}

func TestAPageThatOnlyFailedWasNotRead(t *testing.T) {
	c := NewCounter(time.UTC)
	for i := range 9 {
		c.Add(&Request{Path: "/gone", Headers: agents.Headers{UserAgent: gptBot}, Status: 404})
		c.Add(&Request{Path: "/page", Headers: agents.Headers{UserAgent: gptBot}, Status: []int{200, 200, 500}[i%3]})
	}
	r := c.Report(placeOf)
	require.Len(t, r.Pages, 1)
	assert.Equal(t, PageCount{"/page", 9, 3}, r.Pages[0].PageCount)
	assert.Equal(t, []Count{{"GPTBot", 6}}, r.Pages[0].Agents)
	assert.Equal(t, []Failure{{404, "/gone", 9}, {500, "/page", 3}}, r.Agents[0].Failed)
	require.Len(t, r.Errors, 2)
	assert.Equal(t, Error{Failure{404, "/gone", 9}, []Count{{"GPTBot", 9}}}, r.Errors[0])
}

func TestAFewDaysAreToldByDayAndLongerTimesByWeek(t *testing.T) {
	at := func(days int) *Request {
		return &Request{Path: "/", Headers: agents.Headers{UserAgent: gptBot}, Time: time.Date(2026, time.May, 6, 23, 30, 0, 0, time.UTC).AddDate(0, 0, days).UnixNano()}
	}
	zone := time.FixedZone("", 3600)
	for last, want := range map[int][]string{0: {"2026-05-07"}, 2: {"2026-05-07", "2026-05-08", "2026-05-09"}, 24: {"2026-05-04", "2026-05-11", "2026-05-18", "2026-05-25"}} {
		c := NewCounter(zone)
		c.Add(at(0))
		c.Add(at(last))
		r := c.Report(placeOf)
		assert.Equal(t, want, r.Periods)
		assert.Equal(t, uint64(2), r.Agents[0].ByPeriod[0]+r.Agents[0].ByPeriod[len(want)-1]*min(1, uint64(len(want)-1)))
	}
}

func TestOfManyYearsTheLatestWeeksAreTold(t *testing.T) {
	c := NewCounter(time.UTC)
	c.Add(&Request{Path: "/", Headers: agents.Headers{UserAgent: gptBot}, Time: time.Date(2001, time.May, 6, 0, 0, 0, 0, time.UTC).UnixNano()})
	c.Add(&Request{Path: "/", Headers: agents.Headers{UserAgent: gptBot}, Time: time.Date(2026, time.May, 6, 0, 0, 0, 0, time.UTC).UnixNano()})
	r := c.Report(placeOf)
	assert.Len(t, r.Periods, maxPeriods)
	assert.Equal(t, uint64(2), r.Agents[0].Visits)
	assert.Len(t, r.Notes, 1)
}

func TestALogSaysWhatItLacks(t *testing.T) {
	c := NewCounter(time.UTC)
	for range minVisitsForRare {
		c.Add(&Request{Path: "/", Headers: agents.Headers{UserAgent: gptBot}, Status: 200, Host: "example.com", Time: 1})
	}
	var lacking []string
	for _, l := range c.Report(placeOf).Lacks {
		lacking = append(lacking, l.Part)
	}
	assert.Equal(t, []string{"client IP", "referer", "query", "duration", "content type"}, lacking)
	c.Add(&Request{Path: "/", Referer: "https://example.org/"})
	assert.Len(t, c.Report(placeOf).Lacks, len(lacking)-1)
}

func TestMemoryIsBoundedAndWhatIsReadMostStays(t *testing.T) {
	c := NewCounter(time.UTC)
	for i := range 4 * maxEntries {
		c.Add(&Request{Path: fmt.Sprintf("/rare/%d", i), Headers: agents.Headers{UserAgent: gptBot}, Status: 200})
		if i%50 == 0 {
			c.Add(&Request{Path: "/often", Headers: agents.Headers{UserAgent: gptBot}, Status: 200})
			c.Add(&Request{Path: "/" + strings.Repeat("ü", maxPathBytes), Headers: agents.Headers{UserAgent: fmt.Sprint("nobody/", i)}, Status: 200})
		}
	}
	assert.LessOrEqual(t, len(c.pages.counts), maxEntries)
	assert.LessOrEqual(t, len(c.visitors.byText), maxRemembered)
	assert.Len(t, c.visitors.rows, 2)
	r := c.Report(placeOf)
	assert.Equal(t, PageCount{"/often", 4 * maxEntries / 50, 0}, r.Pages[0].PageCount)
	require.Len(t, r.Notes, 1)
	assert.Contains(t, r.Notes[0], "too many different pages")
}

func TestWhoseReadPagesAreForgottenIsNotSaidToHaveReadNothing(t *testing.T) {
	c := NewCounter(time.UTC)
	c.Add(&Request{Path: "/once", Headers: agents.Headers{UserAgent: claudeBot}, Status: 200})
	c.Add(&Request{Path: "/gone", Headers: agents.Headers{UserAgent: chatGPTUser}, Status: 404})
	for i := range maxEntries {
		c.Add(&Request{Path: fmt.Sprintf("/rare/%d", i), Headers: agents.Headers{UserAgent: gptBot}, Status: 200})
	}
	var page bytes.Buffer
	require.NoError(t, c.Report(placeOf).WriteHTML(&page))
	_, rest, _ := strings.Cut(page.String(), "<h2>What each agent read</h2>")
	rest, _, _ = strings.Cut(rest, "</section>")
	require.Equal(t, 3, strings.Count(rest, "</article>"))
	for card := range strings.SplitAfterSeq(rest, "</article>") {
		assert.Equal(t, strings.Contains(card, "<h3>ChatGPT-User"), strings.Contains(card, "Nothing: each answer was an error."))
		assert.Equal(t, strings.Contains(card, "<h3>ClaudeBot"), strings.Contains(card, "Only rarely read pages, which are not remembered."))
	}
}

func TestAgentsThatReadNothingHaveListsOfTheirErrors(t *testing.T) {
	c := NewCounter(time.UTC)
	for _, userAgent := range []string{gptBot, claudeBot} {
		c.Add(&Request{Path: "/members", Headers: agents.Headers{UserAgent: userAgent}, Status: 403})
	}
	var page, text bytes.Buffer
	r := c.Report(placeOf)
	require.NoError(t, r.WriteHTML(&page))
	require.NoError(t, r.WriteText(&text, TextSettings{}))
	assert.NotContains(t, page.String(), "The pages that agents read most")
	_, each, found := strings.Cut(page.String(), "<h2>What each agent read</h2>")
	require.True(t, found)
	each, _, _ = strings.Cut(each, "</section>")
	assert.Equal(t, 2, strings.Count(each, "Nothing: each answer was an error."))
	assert.Equal(t, 2, strings.Count(each, "/members"))
	_, each, found = strings.Cut(text.String(), "What each agent read most, and its errors")
	require.True(t, found)
	each, _, _ = strings.Cut(each, "More of one agent")
	assert.Equal(t, 2, strings.Count(each, "403 /members"))
	assert.NotContains(t, text.String(), "The pages that agents read most")
}

func TestCountingRemembersNoTextOfTheRequest(t *testing.T) {
	c, buffer := NewCounter(time.UTC), []byte("/page")
	path := unsafe.String(&buffer[0], len(buffer))
	c.Add(&Request{Path: path, Headers: agents.Headers{UserAgent: gptBot}})
	copy(buffer, "-----")
	assert.Equal(t, "/page", c.Report(placeOf).Pages[0].Page)
	agent, person := Request{Path: path, Headers: agents.Headers{UserAgent: gptBot}, Status: 200, Time: 1}, Request{Path: path, Headers: agents.Headers{UserAgent: browserAgent}, Status: 200, Time: 1}
	c.Add(&person)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		c.Add(&agent)
		c.Add(&person)
	}), "a visit like an earlier one costs no allocation")
}
