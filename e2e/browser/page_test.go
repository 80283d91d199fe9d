// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rows is how many visits the page lists, and cards what a card shows.
const (
	rows      = `document.querySelectorAll('#rows tbody').length`
	nameOfRow = `document.querySelector('#rows tbody .who').innerText`
)

func visitBy(userAgent, path string) Visit {
	return Visit{Time: time.Now(), Site: "www.example.com", Path: path, UserAgent: userAgent, Status: 200, Milliseconds: 12}
}

func TestTheEmptyPageHasTheConfigurationToCopy(t *testing.T) {
	r := newRig(t, Desktop)
	r.show("")
	assert.Contains(t, text(r.page), "No visit has arrived yet")
	assert.Contains(t, value[string](r, `document.getElementById('config').textContent`), "endpoint: "+r.preview.URL+"\n")
	r.do(`navigator.clipboard.writeText = async (text) => { window.copied = text; }; document.getElementById('copy-config').click()`)
	r.await(`window.copied && window.copied.includes('access_token: preview-token')`)
	r.await(`document.getElementById('copy-config').textContent === 'Copied'`)
}

func TestAVisitAppearsOnceAndGetsTheMarkOfEachAPI(t *testing.T) {
	r := newRig(t, Desktop)
	r.show("")
	visit := visitBy(GPTBot, "/pricing")
	require.NoError(t, r.preview.SendKnownAgents(r.ctx, []Visit{visit}))
	r.await(rows + ` === 1`)
	assert.Equal(t, "✓ Known Agents: received", value[string](r, `document.querySelector('#rows .api').textContent`), "an API that got nothing has no mark")
	require.NoError(t, r.preview.SendScrunch(r.ctx, []Visit{visit}))
	r.await(`document.querySelector('#rows .api').textContent === '✓ Known Agents: received✓ Scrunch: received'`)
	assert.Equal(t, 1, value[int](r, rows))
	require.NoError(t, r.preview.SendScrunch(r.ctx, []Visit{visitBy(GPTBot, "/scrunch-alone")}))
	r.await(`document.querySelector('#rows .api').textContent === '– Known Agents: not received✓ Scrunch: received'`)
}

func TestWhatIsOpenStaysOpenAndFocusStaysWhileVisitsArrive(t *testing.T) {
	r := newRig(t, Desktop)
	r.send(visitBy(GPTBot, "/first"))
	r.show("")
	r.do(`document.querySelector('#rows .pick').focus(); document.querySelector('#rows .pick').click()`)
	assert.Contains(t, value[string](r, `document.querySelector('#rows .facts').innerText`), GPTBot, "a tap shows the whole user agent")
	r.send(visitBy(ChatGPTUser, "/second"), visitBy(Person, "/third"))
	r.await(rows + ` === 3`)
	assert.Contains(t, value[string](r, `document.activeElement.closest('tbody').innerText`), "/first")
	assert.Equal(t, "true", value[string](r, `document.activeElement.getAttribute('aria-expanded')`))
	assert.Equal(t, 1, value[int](r, `document.querySelectorAll('.facts-row:not([hidden])').length`))
}

func TestALinkKeepsTheFilterAndSoDoesAReload(t *testing.T) {
	r := newRig(t, Desktop)
	r.send(Week(400, time.Now())...)
	r.show("")
	r.do(`[...document.querySelectorAll('#agents-title ~ table .pick')].find((b) => b.textContent === 'ChatGPT-User').click()`)
	r.await(`document.getElementById('summary').innerText.includes('match the filter')`)
	r.do(`const status = document.querySelector('[name=status]'); status.value = 'errors'; status.dispatchEvent(new Event('input', { bubbles: true }))`)
	const link = `?agent=ChatGPT-User&status=errors`
	r.await(`location.search === '` + link + `'`)
	onlyThese := `[...document.querySelectorAll('#rows tbody')].every((row) => row.innerText.includes('ChatGPT-User') && /404|503/.test(row.innerText)) && ` + rows + ` > 0`
	r.await(onlyThese)
	require.NoError(t, chromedp.Do(r.page, chromedp.Reload()))
	r.await(onlyThese)
	assert.Equal(t, []string{"ChatGPT-User", "errors"}, value[[]string](r, `['agent', 'status'].map((name) => document.querySelector('[name=' + name + ']').value)`))
	assert.Equal(t, "/visits.csv"+link, value[string](r, `document.getElementById('csv').getAttribute('href')`))
	table := r.get("/visits.csv" + link)
	assert.Equal(t, 1+value[int](r, `Number(document.getElementById('visits').textContent)`), strings.Count(table, "\n"))
	r.do(`document.getElementById('clear').click()`)
	r.await(`location.search === '' && document.getElementById('visits').textContent === '400'`)
}

func TestTheChartIsAlsoToldInNumbers(t *testing.T) {
	r := newRig(t, Desktop)
	first, second := visitBy(GPTBot, "/a"), visitBy(ChatGPTUser, "/b")
	second.Time = second.Time.Add(-2 * time.Minute)
	r.send(first, second)
	r.show("")
	assert.Contains(t, value[string](r, `document.getElementById('chart').getAttribute('aria-label')`), "Visits of agents from ")
	assert.Equal(t, 2, value[int](r, `document.querySelectorAll('#chart rect').length`))
	r.do(`document.querySelector('#numbers summary').click()`)
	r.await(`document.querySelectorAll('#numbers tbody tr').length === 3`)
	assert.Equal(t, []string{"Time", "assistant", "training", "all"}, value[[]string](r, `[...document.querySelectorAll('#numbers th[scope=col]')].map((c) => c.textContent)`))
	assert.Equal(t, "101000011", value[string](r, `[...document.querySelectorAll('#numbers td')].map((c) => c.textContent).join('')`))
}

func (r *rig) get(path string) string {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.ctx, http.MethodGet, r.preview.URL+path, http.NoBody)
	require.NoError(r.t, err)
	answer, err := http.DefaultClient.Do(q)
	require.NoError(r.t, err)
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	require.NoError(r.t, err)
	return string(content)
}

// TestAFilterForPeopleTakesThePlaceOfOneForAnAgent, and the other way round: whom an assistant
// sent is no agent, so that both together choose nobody.
func TestAFilterForPeopleTakesThePlaceOfOneForAnAgent(t *testing.T) {
	r := newRig(t, Desktop)
	sent := visitBy(Person, "/landing")
	sent.Referer = "https://chatgpt.com/"
	r.send(sent, visitBy(ChatGPTUser, "/read"))
	r.show("?agent=ChatGPT-User&operator=OpenAI&purpose=assistant")
	r.do(`document.querySelector('#people-title ~ table .pick').click()`)
	r.await(`location.search === '?sent=ChatGPT' && ` + rows + ` === 1 && document.querySelector('#rows .page').innerText.includes('/landing')`)
	r.do(`choose('agent', 'browser')`)
	r.await(`location.search === '?sent=ChatGPT&agent=browser' && ` + rows + ` === 1`)
	r.do(`choose('agent', 'ChatGPT-User')`)
	r.await(`location.search === '?agent=ChatGPT-User' && document.querySelector('#rows .page').innerText.includes('/read')`)
	assert.Empty(t, value[string](r, `document.querySelector('[name=sent]').value`))
}

func TestTypingSearches(t *testing.T) {
	r := newRig(t, Desktop)
	r.send(visitBy(GPTBot, "/pricing"), visitBy(Person, "/guides/llamas"))
	r.show("")
	require.NoError(t, chromedp.Do(r.page, chromedp.SendKeys("[name=q]", "LLAMA")))
	r.await(rows + ` === 1 && document.querySelector('#rows .page').innerText.includes('/guides/llamas')`)
	assert.Equal(t, "?q=LLAMA", value[string](r, `location.search`))
	r.await(`document.getElementById('said').textContent.startsWith('1 of 2 visits')`)
}

func TestAPageThatLostThePreviewShowsTheNextOneAtTheSameAddress(t *testing.T) {
	r := newRig(t, Desktop)
	r.send(visitBy(GPTBot, "/before"))
	r.show("")
	address := strings.TrimPrefix(r.preview.URL, "http://")
	require.NoError(t, r.preview.Stop(context.Background()))
	r.await(`document.getElementById('state').className === 'lost'`)
	assert.Equal(t, 1, value[int](r, rows), "what was shown stays")
	r.start(address)
	r.await(`document.getElementById('state').className === 'live'`)
	r.send(visitBy(ChatGPTUser, "/after"))
	r.await(rows + ` === 1 && ` + nameOfRow + `.includes('ChatGPT-User')`)
}

func TestAPausedPageStaysAsItIsAndItsFilterWorks(t *testing.T) {
	r := newRig(t, Desktop)
	r.send(visitBy(GPTBot, "/a"), visitBy(Person, "/b"))
	r.show("")
	r.do(`document.getElementById('pause').click()`)
	r.send(visitBy(ChatGPTUser, "/c"))
	assert.Equal(t, 2, value[int](r, rows))
	r.do(`choose('agent', 'ChatGPT-User')`)
	r.await(rows + ` === 1`)
	assert.Equal(t, "paused", value[string](r, `document.getElementById('state').textContent`))
	r.do(`choose('agent', ''); document.getElementById('pause').click()`)
	r.await(rows + ` === 3 && document.getElementById('state').className === 'live'`)
}

func TestAFilterThatTheAddressHasWrongSaysHowToWriteIt(t *testing.T) {
	r := newRig(t, Desktop)
	r.send(visitBy(GPTBot, "/a"))
	require.NoError(t, chromedp.Do(r.page, chromedp.Navigate(r.preview.URL+"/?status=4x")))
	r.await(`document.getElementById('state').textContent.includes('write 404, 4xx, errors or none')`)
}
