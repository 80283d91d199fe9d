// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"context"
	"net/http"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStepsApplyInOrderAndThenTheChecksDecide(t *testing.T) {
	api := New(Settings{})
	api.Script(KnownAgents,
		Step{Status: 429, RetryAfter: "2"},
		Step{Status: 503, Times: 2, Header: http.Header{"X-Why": {"repair"}}, Body: "closed"})
	api.Script(KnownAgents, Step{Status: 301, Header: http.Header{"Location": {"/elsewhere"}}})

	statuses := make([]int, 0, 6)
	for range 6 {
		got := post(t, api, KnownAgents, knownAgentsBody)
		statuses = append(statuses, got.status)
		switch got.status {
		case 429:
			assert.Equal(t, "2", got.header.Get("Retry-After"))
			assert.Equal(t, "scripted: 429 Too Many Requests", got.reason(t))
		case 503:
			assert.Equal(t, "repair", got.header.Get("X-Why"))
			assert.Equal(t, "closed", got.body)
		case 301:
			assert.Equal(t, "/elsewhere", got.header.Get("Location"))
		}
	}
	assert.Equal(t, []int{429, 503, 503, 301, 200, 200}, statuses)
	assert.Len(t, api.Visits(KnownAgents), 2, "scripted failures store nothing")
	assert.Equal(t, http.StatusOK, post(t, api, Scrunch, scrunchBody).status, "the other destination has its own script")
}

func TestAScriptedFailureNeedsNoChecks(t *testing.T) {
	api := New(Settings{AccessToken: "another"})
	api.Script(KnownAgents, Step{Status: 500})
	assert.Equal(t, 500, post(t, api, KnownAgents, "no JSON").status)
	request := api.Requests(KnownAgents)[0]
	assert.Zero(t, request.Visits)
	assert.Equal(t, "scripted: 500 Internal Server Error", request.Reason)
}

func TestAForeverStepAppliesUntilItIsCleared(t *testing.T) {
	api := New(Settings{})
	api.Script(Scrunch, Step{Status: 401, Times: Forever}, Step{Status: 500})
	for range 3 {
		require.Equal(t, 401, post(t, api, Scrunch, scrunchBody).status)
	}
	api.ClearScript(Scrunch)
	require.Equal(t, 200, post(t, api, Scrunch, scrunchBody).status)
}

func TestAScriptedSuccessStoresOnlyWhatPassesTheChecks(t *testing.T) {
	api := New(Settings{})
	api.Script(KnownAgents, Step{Status: 204}, Step{Body: "no JSON"}, Step{Status: 202})
	assert.Equal(t, 204, post(t, api, KnownAgents, knownAgentsBody).status)
	got := post(t, api, KnownAgents, knownAgentsBody)
	assert.Equal(t, 200, got.status)
	assert.Equal(t, "no JSON", got.body)
	assert.Equal(t, 422, post(t, api, KnownAgents, "[]").status, "an invalid body never gets a success")
	assert.Len(t, api.Visits(KnownAgents), 2)
}

func TestAnAnswerCanBeLostAfterAcceptance(t *testing.T) {
	api := New(Settings{})
	api.Script(Scrunch, Step{Status: 504, Store: true}, Step{Status: 504, Store: true})
	assert.Equal(t, 504, post(t, api, Scrunch, scrunchBody).status)
	assert.Equal(t, 422, post(t, api, Scrunch, "[]").status, "only what passes the checks is stored")
	assert.Len(t, api.Visits(Scrunch), 1)
	request := api.Requests(Scrunch)[0]
	assert.Equal(t, []int{504, 1, 1}, []int{request.Status, request.Visits, request.Stored})
}

func TestAConnectionCanBeReset(t *testing.T) {
	s := listen(t, Settings{})
	s.Script(KnownAgents, Step{Reset: true}, Step{Reset: true, Store: true})
	for range 2 {
		_, err := do(valid(t, KnownAgents, s.URL(), knownAgentsBody))
		require.ErrorIs(t, err, syscall.ECONNRESET)
	}
	requests := s.Requests(KnownAgents)
	require.Len(t, requests, 2)
	assert.Zero(t, requests[0].Status)
	assert.Equal(t, "scripted: connection reset", requests[0].Reason)
	assert.Len(t, s.Visits(KnownAgents), 1, "only the second reset came after acceptance")
}

func TestAResetWithoutAConnectionAbortsTheHandler(t *testing.T) {
	api := New(Settings{})
	api.Script(KnownAgents, Step{Reset: true})
	assert.PanicsWithError(t, http.ErrAbortHandler.Error(), func() { post(t, api, KnownAgents, knownAgentsBody) })
}

func TestAHangingAnswerComesWhenItIsReleased(t *testing.T) {
	s := listen(t, Settings{})
	release := make(chan struct{})
	s.Script(KnownAgents, Step{Hang: release})
	answer := make(chan int)
	r := valid(t, KnownAgents, s.URL(), knownAgentsBody)
	go func() {
		got, _ := do(r)
		answer <- got.status
	}()
	require.NoError(t, s.WaitRequests(t.Context(), KnownAgents, 1))
	assert.Zero(t, s.Requests(KnownAgents)[0].Status)
	assert.Empty(t, s.Visits(KnownAgents))
	close(release)
	assert.Equal(t, 200, <-answer)
	assert.Len(t, s.Visits(KnownAgents), 1)
}

func TestNothingIsStoredIfTheClientLeavesDuringAHang(t *testing.T) {
	settled := make(chan Request, 1)
	s := listen(t, Settings{OnRequest: func(r Request) { settled <- r }})
	s.Script(Scrunch, Step{Hang: make(chan struct{}), Status: 500})
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	r := valid(t, Scrunch, s.URL(), scrunchBody).WithContext(ctx)
	go func() {
		_, err := do(r)
		left <- err
	}()
	require.NoError(t, s.WaitRequests(t.Context(), Scrunch, 1))
	leave()
	require.ErrorIs(t, <-left, context.Canceled)
	request := <-settled
	assert.Zero(t, request.Status)
	assert.Equal(t, "the client left before the answer", request.Reason)
	assert.Empty(t, s.Visits(Scrunch))
}

func TestABodyWithARejectedVisitIsRefusedAsAWhole(t *testing.T) {
	api := New(Settings{})
	api.RejectVisits(KnownAgents, func(v Visit) bool { return v.KnownAgents.RequestPath == "/poison" })
	poison := edited(t, knownAgentsLine, edit{"request_path", `"/poison"`})
	got := post(t, api, KnownAgents, "["+knownAgentsLine+","+poison+"]")
	assert.Equal(t, 422, got.status)
	assert.Equal(t, "visit[1]: rejected by the script", got.reason(t))
	assert.Empty(t, api.Visits(KnownAgents))
	assert.Equal(t, 200, post(t, api, KnownAgents, knownAgentsBody).status)

	api.RejectVisits(KnownAgents, nil)
	assert.Equal(t, 200, post(t, api, KnownAgents, "["+poison+"]").status)
}

func TestABodyWithAVisitThatIsObjectedToGetsTheStep(t *testing.T) {
	s := listen(t, Settings{})
	bad := edited(t, knownAgentsLine, edit{"request_path", `"/etc/passwd"`})
	toBad := func(v Visit) bool { return v.KnownAgents.RequestPath == "/etc/passwd" }
	both := "[" + knownAgentsLine + "," + bad + "]"

	s.ObjectTo(KnownAgents, toBad, Step{Status: 403, RetryAfter: "2", Body: "<html>"})
	s.Script(KnownAgents, Step{Status: 500})
	assert.Equal(t, 500, post(t, s.API, KnownAgents, both).status, "the script comes first")
	for range 2 {
		got := post(t, s.API, KnownAgents, both)
		assert.Equal(t, []any{403, "2", "<html>"}, []any{got.status, got.header.Get("Retry-After"), got.body})
	}
	assert.Empty(t, s.Visits(KnownAgents))
	assert.Equal(t, 200, post(t, s.API, KnownAgents, knownAgentsBody).status)

	s.ObjectTo(KnownAgents, toBad, Step{Reset: true})
	_, err := do(valid(t, KnownAgents, s.URL(), both))
	require.ErrorIs(t, err, syscall.ECONNRESET)

	s.ObjectTo(KnownAgents, nil, Step{})
	assert.Equal(t, 200, post(t, s.API, KnownAgents, both).status)
}
