// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// One of the sites is refused all the time, so that its visits are parked on the disk when
// the Collector crashes.
func TestCrashesUnderLoadLoseNothingOfAnySite(t *testing.T) {
	t.Parallel()
	const sites, failing = 200, 7
	r := newManySitesRig(t, sites, 0, "storage.yaml")
	failWith(fakeapi.Step{Status: 401})(r, failing)
	r.start()
	stop := r.loadOf(hostsOf(0, sites)...)
	for crash := range 4 {
		seen := r.api.Counts(fakeapi.KnownAgents).Visits
		if crash%2 == 0 { // at the others the site may not be paused yet
			r.awaitLogged(sitesWaitMessage, crash/2, 1)
		}
		require.NoError(t, r.api.WaitVisits(r.ctx, fakeapi.KnownAgents, seen+sites))
		r.kill()
		r.requireNoSecretOnDisk()
		r.start()
	}
	all := stop()
	ofOthers, ofOne := splitByHost(all, hostOf(failing))
	r.awaitArrived(ofOthers)
	r.awaitArrivedAt(fakeapi.Scrunch, ofOne)
	require.Len(t, r.ledger.missing(fakeapi.KnownAgents, ofOne), len(ofOne), "visits of the site wait")
	wellAgain(r, failing)
	setToken(1)(r, failing) // which ends the pause
	r.awaitArrived(ofOne)
	r.stop()
}

// The Collector also starts anew while the site is gone, so that it does not know it.
func TestVisitsOfARemovedSiteWaitUntilItIsThereAgain(t *testing.T) {
	t.Parallel()
	const sites, gone = 3, 1
	r := newManySitesRig(t, sites, 0, "storage.yaml")
	failWith(fakeapi.Step{Status: 401})(r, gone)
	r.api.ObjectTo(fakeapi.Scrunch, func(v fakeapi.Visit) bool { return v.Site == hostOf(gone) }, fakeapi.Step{Status: 401})
	r.start()
	all := r.ledger.requests(50, hostsOf(0, sites)...)
	r.postTraces(newServerTraces(all))
	ofOthers, ofOne := splitByHost(all, hostOf(gone))
	r.awaitArrived(ofOthers)
	r.awaitLogged(sitesWaitMessage, 0, 2)

	r.removeSite(gone)
	r.awaitLogged(siteRemovedMessage, 0, 2)
	wellAgain(r, gone)
	r.api.ObjectTo(fakeapi.Scrunch, nil, fakeapi.Step{})
	for _, end := range []func(){r.kill, r.stop} {
		more := r.ledger.requests(10, hostOf(0), hostOf(2))
		r.postTraces(newServerTraces(more))
		r.awaitArrived(more)
		end()
		r.start()
	}
	r.requireNoSecretOnDisk()
	for _, destination := range bothDestinations {
		require.Len(t, r.ledger.missing(destination, ofOne), len(ofOne), "nothing of the removed site is sent")
	}

	added := r.logged(siteAddedMessage)
	r.writeSite(gone, 1)
	r.awaitLogged(siteAddedMessage, added, 2)
	r.awaitArrived(ofOne)
	r.stop()
}
