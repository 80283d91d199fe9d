// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestThePageFitsAPhoneAndADesktopInBothColours(t *testing.T) {
	for name, size := range map[string]chromedp.Action[chromedp.Void]{"small phone": chromedp.EmulateViewport(320, 600, chromedp.EmulateMobile), "phone": Phone, "desktop": Desktop} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, size)
			week := Week(300, time.Now())
			week[0].Path = "/" + strings.Repeat("long", 60)
			week[299].Path, week[299].UserAgent = week[0].Path, GPTBot
			r.send(week...)
			r.show("")
			r.do(`document.querySelectorAll('.more:not([hidden])').forEach((b) => b.click()); document.querySelector('#rows .pick').click(); document.querySelectorAll('details').forEach((d) => { d.open = true; })`)
			width := value[int](r, `document.documentElement.clientWidth`)
			assert.LessOrEqual(t, value[int](r, `document.documentElement.scrollWidth`), width, "nothing is wider than the window")
			grounds := map[string]bool{}
			for _, scheme := range []string{"light", "dark"} {
				require.NoError(t, chromedp.Do(r.page, Scheme(scheme)))
				grounds[value[string](r, `getComputedStyle(document.body).backgroundColor`)] = true
			}
			assert.Len(t, grounds, 2)
		})
	}
}

// barriers are what axe-core finds that keeps people out.
const barriers = `(async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
	.map((v) => v.impact + ' ' + v.id + ': ' + v.nodes.map((n) => n.target + ' ' + n.failureSummary).join(' | ')))()`

func TestAxeFindsNoBarrier(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("..", "..", "bin", "browser", "package", "axe.min.js"))
	if err != nil {
		t.Skip("axe-core is not installed: sh e2e/browser/install.sh")
	}
	for name, size := range map[string]chromedp.Action[chromedp.Void]{"phone": Phone, "desktop": Desktop} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				r := newRig(t, size)
				require.NoError(t, chromedp.Do(r.page, Scheme(scheme)))
				look := func(query string) {
					r.show(query)
					r.do(`document.querySelectorAll('details').forEach((d) => { d.open = true; }); document.querySelector('#rows .pick')?.click()`)
					_, err := chromedp.Run(r.page, chromedp.Evaluate[bool](string(axe)+";true"))
					require.NoError(t, err)
					found, err := chromedp.Run(r.page, chromedp.Evaluate[[]string](barriers, chromedp.EvalAwaitPromise))
					require.NoError(t, err)
					assert.Empty(t, found, query)
				}
				look("")
				r.send(Week(300, time.Now())...)
				require.Error(t, r.preview.SendScrunch(r.ctx, []Visit{{}}), "a refusal")
				look("")
				look("?agent=GPTBot&status=errors")
				look("?agent=nobody")
			})
		}
	}
}

func TestTheKeyboardReachesEverything(t *testing.T) {
	r := newRig(t, Desktop)
	r.send(visitBy(GPTBot, "/a"))
	r.show("")
	var reached []string
	for range 40 {
		require.NoError(t, chromedp.Do(r.page, chromedp.KeyEvent("\t")))
		reached = append(reached, value[string](r, `(document.activeElement.textContent || document.activeElement.name || '').trim() + '/' + (document.activeElement.name || '')`))
	}
	for _, name := range []string{"Skip to the newest visits/", "Pause/", "q/q", "Copy link/", "Download CSV/", "GPTBot/", "GPTBot: details/", "What the words mean/"} {
		assert.Contains(t, reached, name)
	}
	assert.Contains(t, strings.Join(reached, "\n"), "/agent")
	r.do(`document.querySelector('#rows .pick').focus()`)
	require.NoError(t, chromedp.Do(r.page, chromedp.KeyEvent("\r")))
	r.await(`document.querySelector('.facts-row:not([hidden])')`)
}
