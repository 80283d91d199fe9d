// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newPage() page {
	return page{totals: newTotals(noon), history: newHistory(), pause: time.Nanosecond}
}

func get(t *testing.T, url string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	newPage().handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody))
	return w
}

func TestThePageMayRunOnlyItsOwnCode(t *testing.T) {
	w := get(t, "http://127.0.0.1:4000/")
	require.Equal(t, http.StatusOK, w.Code)
	assert.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	assert.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	assert.Equal(t, "no-referrer", w.Header().Get("Referrer-Policy"))
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))

	policy := w.Header().Get("Content-Security-Policy")
	assert.Contains(t, policy, "default-src 'none'")
	assert.Contains(t, policy, "frame-ancestors 'none'")
	assert.NotContains(t, policy, "unsafe")
	for _, tag := range []string{"script", "style"} {
		found := regexp.MustCompile("(?s)<"+tag+">(.*?)</"+tag+">").FindAllStringSubmatch(w.Body.String(), -1)
		require.Len(t, found, 1, "the policy has the hash of one %s only", tag)
		sum := sha256.Sum256([]byte(found[0][1]))
		assert.Contains(t, policy, tag+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
}

func TestThePageLoadsNothingAndNeverParsesValuesAsHTML(t *testing.T) {
	for _, banned := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http://", "https://", "@import", "url(", " style=", " onclick="} {
		assert.NotContains(t, pageHTML, banned)
	}
}

func TestThePageIsServedOnlyUnderALoopbackName(t *testing.T) {
	for host, status := range map[string]int{
		"localhost:4000": 200, "localhost": 200, "[::1]:4000": 200, "[::1]": 200, "127.0.0.1": 200,
		"example.com": 403, "example.com:4000": 403, "localhost.example.com": 403, "192.0.2.1:4000": 403,
	} {
		for _, path := range []string{"/", "/totals", "/visits.csv", "/?agent=GPTBot"} {
			t.Run(host+path, func(t *testing.T) { assert.Equal(t, status, get(t, "http://"+host+path).Code) })
		}
	}
	assert.Equal(t, http.StatusNotFound, get(t, "http://localhost/favicon.ico").Code)
}

func TestTotalsAreServedAsJSON(t *testing.T) {
	w := get(t, "http://localhost/totals")
	assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
	var got summary
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
	assert.Zero(t, got.Visits)
}

func TestEventsCarryWhatTheFilterChoosesAndThenEachChange(t *testing.T) {
	p := newPage()
	server := httptest.NewServer(p.handler())
	defer server.Close()
	p.history.add(known("/<b>\n\n", "", map[string]string{"user-agent": gptBot}))
	p.history.add(known("/", "", map[string]string{"user-agent": person}))

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/events?agent=gptbot", http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	assert.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	next := func() (v view) {
		for lines.Scan() {
			if encoded, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				require.NoError(t, json.Unmarshal([]byte(encoded), &v))
				return v
			}
			require.Empty(t, lines.Text(), "a value must not break out of its event")
		}
		t.Fatal("the stream ended")
		return v
	}
	v := next()
	assert.Equal(t, []int{2, 1}, []int{v.Kept, v.Matching})
	require.Len(t, v.Rows, 1)
	assert.Equal(t, `/<b>\n\n`, v.Rows[0].Address)

	p.history.addRefusal(refusal{Status: 422})
	for len(v.Refusals) == 0 {
		v = next()
	}
	assert.Equal(t, []refusal{{Status: 422}}, v.Refusals)
}

func TestAFilterThatIsWrongIsRefusedWithItsRemedy(t *testing.T) {
	for query, remedy := range map[string]string{
		"status=4x": "write 404, 4xx, errors or none", "status=600": "write 404", "within=soon": "write a time such as 1h or 7d", "within=-1h": "write a time", "within=9999999d": "write a time",
	} {
		for _, path := range []string{"/events?", "/visits.csv?"} {
			t.Run(path+query, func(t *testing.T) {
				w := get(t, "http://localhost"+path+query)
				assert.Equal(t, http.StatusBadRequest, w.Code)
				assert.Contains(t, w.Body.String(), remedy)
			})
		}
	}
}
