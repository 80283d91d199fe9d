// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// What the log says of sites.
const (
	sitesWaitMessage   = "Visits of sites cannot be delivered and wait. Other sites do not."
	siteChangedMessage = "A site was changed."
	siteRemovedMessage = "A site was removed."
	siteAddedMessage   = "A site was added."
)

// wrongToken is the number of a token that the stand-in does not take.
const wrongToken = tokensOfASite

// siteFault makes one site fail at Known Agents.
type siteFault struct {
	begin, end func(*sitesRig, int)
	waits      bool // its visits wait until the end
	logged     bool // the log names the site
}

// failWith makes the API give an answer to all bodies of a site.
func failWith(step fakeapi.Step) func(*sitesRig, int) {
	return func(r *sitesRig, site int) {
		r.api.ObjectTo(fakeapi.KnownAgents, func(v fakeapi.Visit) bool { return v.Site == hostOf(site) }, step)
	}
}

func wellAgain(r *sitesRig, _ int) { r.api.ObjectTo(fakeapi.KnownAgents, nil, fakeapi.Step{}) }

// setToken changes the token of a site, and returns when that counts.
func setToken(token int) func(*sitesRig, int) {
	return func(r *sitesRig, site int) {
		before := r.logged(siteChangedMessage)
		r.writeSite(site, token)
		r.awaitLogged(siteChangedMessage, before, 1)
	}
}

var siteFaults = map[string]siteFault{
	"a token that is refused":   {begin: setToken(wrongToken), end: setToken(1), waits: true, logged: true},
	"429 with Retry-After":      {begin: failWith(fakeapi.Step{Status: 429, RetryAfter: "6"}), end: wellAgain, waits: true, logged: true},
	"answers that take seconds": {begin: failWith(fakeapi.Step{Delay: 2 * time.Second}), end: wellAgain},
}

// By how much a site that fails delays the others, `make chaos` measures.
func TestVisitsOfOtherSitesArriveWhileOneFails(t *testing.T) {
	for name, fault := range siteFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const sites, failing = 51, 7
			r := newManySitesRig(t, sites, 0)
			r.start()
			well := r.loadForAWhile(sites)
			r.awaitArrived(well)
			fault.begin(r, failing)
			under := r.loadForAWhile(sites)
			ofOthers, ofOne := splitByHost(under, hostOf(failing))
			r.awaitArrived(ofOthers)
			r.awaitArrivedAt(fakeapi.Scrunch, ofOne)
			if fault.waits {
				assert.Len(t, r.ledger.missing(fakeapi.KnownAgents, ofOne), len(ofOne), "visits of the site wait")
			}
			if fault.logged {
				r.requireOnlyNamed(sitesWaitMessage, hostOf(failing))
			}
			fault.end(r, failing)
			r.awaitArrived(ofOne)
			r.stop()
			r.requireOnce(append(well, under...))
		})
	}
}

// A visit that the API does not take is dropped, and its site's other visits arrive.
func TestABadVisitOfASiteHarmsNoOther(t *testing.T) {
	t.Parallel()
	const sites, failing = 51, 7
	r := newManySitesRig(t, sites, 0)
	bad := r.ledger.requests(1, hostOf(failing))
	r.api.RejectVisits(fakeapi.KnownAgents, func(v fakeapi.Visit) bool { return idOf(v.KnownAgents.RequestPath) == bad[0].id })
	r.start()
	r.postTraces(newServerTraces(append(r.ledger.requests(5, hostOf(failing)), bad...)))
	all := r.loadForAWhile(sites)
	r.awaitArrived(all)
	r.waitCounter(droppedMetric, labels{"destination": "known_agents", "reason": "rejected"}, 1)
	r.stop()
	r.requireOnce(all)
	assert.Len(t, r.ledger.missing(fakeapi.KnownAgents, bad), 1)
	assert.Empty(t, r.ledger.missing(fakeapi.Scrunch, bad))
}

var givenUp = regexp.MustCompile(`"reason": "given_up", "visits": (\d+)`)

func TestWhatWaitsInMemoryForAPausedSiteIsCountedAtTheEnd(t *testing.T) {
	t.Parallel()
	const sites, failing, each = 3, 1, 100
	r := newManySitesRig(t, sites, sites)
	failWith(fakeapi.Step{Status: 401})(r, failing)
	r.start()
	var all []request
	for range each {
		sent := r.ledger.requests(1, hostsOf(0, sites)...)
		r.postTraces(newServerTraces(sent))
		all = append(all, sent...)
	}
	ofOthers, ofOne := splitByHost(all, hostOf(failing))
	r.awaitArrived(ofOthers)
	r.awaitArrivedAt(fakeapi.Scrunch, ofOne)
	r.requireOnlyNamed(sitesWaitMessage, hostOf(failing))
	r.stop()
	lost := 0
	for _, found := range givenUp.FindAllStringSubmatch(r.log.String(), -1) {
		n, err := strconv.Atoi(found[1])
		require.NoError(t, err)
		lost += n
	}
	assert.Equal(t, each, lost, "visits that the log calls given up")
	r.requireOnce(ofOthers)
}

// loadForAWhile is a load of all sites for three seconds.
func (r *sitesRig) loadForAWhile(sites int) (sent []request) {
	r.t.Helper()
	ticker := time.NewTicker(loadPause)
	defer ticker.Stop()
	for range 3 * time.Second / loadPause {
		payload := r.ledger.requests(1, hostsOf(0, sites)...)
		r.postTraces(newServerTraces(payload))
		sent = append(sent, payload...)
		<-ticker.C
	}
	return sent
}

// splitByHost tells the requests of one host from those of all others.
func splitByHost(all []request, host string) (ofOthers, ofOne []request) {
	for _, q := range all {
		if q.host == host {
			ofOne = append(ofOne, q)
		} else {
			ofOthers = append(ofOthers, q)
		}
	}
	return ofOthers, ofOne
}

// requireOnlyNamed requires that the log has lines with the message, and that they name the
// host and no other.
func (r *sitesRig) requireOnlyNamed(message, host string) {
	r.t.Helper()
	r.awaitLogged(message, 0, 1)
	for line := range strings.Lines(r.log.String()) {
		if strings.Contains(line, message) {
			require.Contains(r.t, line, `"sites": ["`+host+`"]`)
		}
	}
}
