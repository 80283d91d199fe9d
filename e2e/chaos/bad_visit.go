// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// objection is how something before the API, such as a firewall, answers a body because of
// one visit in it.
type objection struct {
	name    string
	step    fakeapi.Step
	inShort bool
}

var objections = []objection{
	{name: "silence", step: fakeapi.Step{Hang: make(chan struct{})}},
	{name: "a reset", step: fakeapi.Step{Reset: true}, inShort: true},
	{name: "401", step: fakeapi.Step{Status: 401}},
	{name: "403", step: fakeapi.Step{Status: 403, Body: "<html>"}, inShort: true},
	{name: "404", step: fakeapi.Step{Status: 404}},
	{name: "418", step: fakeapi.Step{Status: 418}},
	{name: "429", step: fakeapi.Step{Status: 429}},
	{name: "429 with Retry-After", step: fakeapi.Step{Status: 429, RetryAfter: "1"}},
	{name: "500", step: fakeapi.Step{Status: 500}},
}

// silent reports whether only a timeout tells of the objection.
func (o objection) silent() bool { return o.step.Hang != nil }

// throttles reports whether the objection asks to send less. Then a visit is tried sixty times.
func (o objection) throttles() bool { return o.step.Status == 429 }

// In the badVisits scenarios, a visit now and then makes its body fail, whatever the
// answer says.
var badVisits = func() []Scenario {
	var all []Scenario
	for _, o := range objections {
		s := Scenario{
			Name: "a bad visit every 30 s, answered by " + o.name, quiet: true, fullOnly: !o.inShort,
			run: func(t *trial) { badVisitsNowAndThen(t, o) },
		}
		if o.silent() || o.throttles() {
			s.limit = 10 * time.Minute // eight timeouts, or sixty tries, each after another batch
		}
		all = append(all, s)
	}
	for _, o := range objections {
		if o.step.Status == 401 || o.step.Status == 418 || o.step.RetryAfter != "" {
			continue
		}
		s := Scenario{
			Name: "30 bad visits in 60,000, answered by " + o.name, quiet: true, fullOnly: !o.inShort,
			run: func(t *trial) { manyBadVisits(t, o) },
		}
		if o.throttles() {
			s.limit = 10 * time.Minute
		}
		all = append(all, s)
	}
	return append(all, Scenario{Name: "10 % bad visits, answered by 422", quiet: true, run: aTenthBad})
}()

// delayLimit bounds the delay of 99 of 100 visits. The good visits of a body that gets an
// objection, one of six here, wait while it is halved.
const delayLimit = 30 * time.Second

// badVisitsNowAndThen sends 20 visits a second with all settings at their defaults.
func badVisitsNowAndThen(t *trial, o objection) {
	t.useDefaults()
	t.objectToPoison(o.step)
	t.start()
	load := steady{perSecond: 20, lasts: t.time(20*time.Second, 3*time.Minute), poisonIn: t.size(60, 600)}
	switch {
	case o.silent():
		load.lasts = 90 * time.Second
	case o.throttles():
		load.lasts = t.time(20*time.Second, time.Minute)
	}
	bad := t.sendSteadily(load)
	t.awaitDelivered()
	t.onQuietMachine(func() {
		assert.LessOrEqual(t, t.ledger.delay(), delayLimit, "delay of 99 of 100 visits")
	})
	t.assertRejected(o, bad)
}

// manyBadVisits sends so many visits that a queue of 8 MB takes those of a few seconds.
func manyBadVisits(t *trial, o objection) {
	t.configure("exporters::agent_visits::sending_queue::queue_size: 8000000")
	if o.silent() {
		t.configure("exporters::agent_visits::timeout: 1s")
	}
	t.objectToPoison(o.step)
	t.start()
	bad := t.sendSteadily(steady{perSecond: 1_200, lasts: t.time(5*time.Second, 50*time.Second), poisonIn: 2_000})
	t.awaitDeliveredWithin(time.Minute)
	t.assertRejected(o, bad)
}

// aTenthBad has more bad visits than halving is good for.
func aTenthBad(t *trial) {
	t.useDefaults()
	t.rejectPoison()
	t.start()
	bad := t.sendSteadily(steady{perSecond: 200, lasts: t.time(10*time.Second, 3*time.Minute), poisonIn: 10})
	t.awaitDeliveredWithin(time.Minute)
	t.awaitRejected(bad)
	c, err := t.scrape()
	assert.NoError(t, err)
	perVisit := float64(c.requests) / float64(t.ledger.sum().acknowledged)
	assert.LessOrEqual(t, perVisit, 1.5, "requests per visit")
	t.note("%.2f requests per visit", perVisit)
}

// objectToPoison gives the step to every body with a poison visit.
func (t *trial) objectToPoison(step fakeapi.Step) {
	t.api.ObjectTo(fakeapi.KnownAgents, isPoison, step)
}

// isPoison reports whether a visit is one of the poison visits.
func isPoison(v fakeapi.Visit) bool { return strings.HasPrefix(v.KnownAgents.RequestPath, poisonPath) }

// assertRejected waits until the bad visits are dropped, and checks that the log tells of
// them, with what the API answered, and does not look for the fault elsewhere.
func (t *trial) assertRejected(o objection, bad int) {
	t.awaitRejected(bad)
	lines := t.log.lines(rejectedMessage)
	assert.NotEmpty(t, lines, "lines that tell of a bad visit")
	assert.LessOrEqual(t, len(lines), bad, "lines that tell of a bad visit")
	for _, line := range lines {
		if o.step.Status != 0 {
			assert.Contains(t, line, strconv.Itoa(o.step.Status))
		}
	}
	assert.False(t, t.log.has("access_token"), "the log sends people to the key")
	t.assertLogged(unhealthyMessage, 0)
}
