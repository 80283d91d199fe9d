// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHostileTextDoesNothing(t *testing.T) {
	r := newRig(t, Desktop)
	const attack = `"><img src=x onerror=window.hit=1><script>window.hit=1</script><style>*{display:none}</style>`
	v := visitBy("GPTBot "+attack, "/"+strings.ReplaceAll(attack, " ", "%20"))
	v.Referer, v.SignedAgent, v.Query = "https://chatgpt.com/"+attack, attack, "a="+strings.ReplaceAll(attack, " ", "+")
	person := visitBy(Person, v.Path)
	person.Referer, person.Query = v.Referer, v.Query
	failed := v
	failed.Status = 404
	require.NoError(t, r.preview.SendKnownAgents(r.ctx, []Visit{v, person, failed}))
	r.show("?q=" + "%3Cimg")
	r.await(rows + ` === 3`)
	r.do(`document.querySelectorAll('#rows .pick').forEach((b) => b.click())`)
	assert.Contains(t, text(r.page), "onerror=window.hit=1", "it is shown as text")
	assert.Equal(t, 0, value[int](r, `document.querySelectorAll('img').length`))
	assert.Equal(t, []int{1, 1}, value[[]int](r, `[document.scripts.length, document.querySelectorAll('style').length]`))
	assert.True(t, value[bool](r, `window.hit === undefined`))
}

func TestTheCodeOfAnotherIsForbidden(t *testing.T) {
	r := newRig(t, Desktop)
	r.show("")
	r.do(`const s = document.createElement('script'); s.textContent = 'window.hit = 1'; document.body.append(s); const i = document.createElement('img'); i.setAttribute('onerror', 'window.hit = 1'); i.src = 'x'; document.body.append(i)`)
	r.await(`document.images[0].complete`)
	assert.True(t, value[bool](r, `window.hit === undefined`))
}

// Limits for 50,000 visits and two pages.
const (
	manyVisits      = 50_000
	maxPreviewBytes = 160 << 20
	maxHeapBytes    = 8 << 20 // of the page's script
	maxNodes        = 5000
)

func TestManyVisitsAndTwoPagesTakeLittleMemory(t *testing.T) {
	r := newRig(t, Desktop)
	r.show("")
	second := r.tab()
	require.NoError(t, Show(second, r.preview.URL+"/?agent=ChatGPT-User"))
	week := Week(manyVisits, time.Now())
	for i := range week {
		week[i].Path += fmt.Sprintf("/%d", i%5000)
	}
	begin := time.Now()
	r.send(week...)
	r.await(`document.getElementById('visits').textContent === '50,000' && document.getElementById('deliveries').innerText.split('50,000').length === 3`)
	require.NoError(t, Await(second, `document.getElementById('summary').innerText.includes('of 50,000')`))
	heap := value[int](r, `performance.memory.usedJSHeapSize`)
	nodes := value[int](r, `document.getElementsByTagName('*').length`)
	resident := residentBytes(t, r.preview.PID())
	t.Logf("%d visits to both APIs with two pages in %s: the preview takes %d MB, a page %.1f MB and %d nodes",
		manyVisits, time.Since(begin).Round(time.Millisecond), resident>>20, float64(heap)/(1<<20), nodes)
	assert.Less(t, resident, maxPreviewBytes)
	assert.Less(t, heap, maxHeapBytes)
	assert.Less(t, nodes, maxNodes)
}

// residentBytes is the memory of a process that is in use.
func residentBytes(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("this system does not tell how much memory a process takes")
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(after)
	kilobytes, err := strconv.Atoi(fields[0])
	require.NoError(t, err)
	return kilobytes << 10
}
