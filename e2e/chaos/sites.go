// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

const (
	siteCount   = 200
	failingSite = 7
)

// knownSites are the sites of the stand-in: one without a name, and those of the sites
// scenarios.
func knownSites() map[fakeapi.Credentials]string {
	known := map[fakeapi.Credentials]string{{AccessToken: accessToken}: "", {SiteID: siteID, APIKey: apiKey}: ""}
	for i := range siteCount {
		known[fakeapi.Credentials{AccessToken: siteToken(i)}] = siteHost(i)
	}
	return known
}

func siteToken(site int) string { return fmt.Sprintf("%s-%03d", accessToken, site) }

// siteFault makes some sites fail, and ends that.
type siteFault struct {
	name       string
	sites      failing
	begin, end func(*trial)
	inShort    bool
}

// failing says which sites fail.
type failing func(site int) bool

var (
	one   failing = func(site int) bool { return site == failingSite }
	fifty failing = func(site int) bool { return site%4 == failingSite%4 }
)

var siteFaults = []siteFault{
	{"one of 200 sites fails with 401", one, changeToken(wrongToken), changeToken(siteToken(failingSite)), true},
	{"one of 200 sites fails with 429", one, one.answer(fakeapi.Step{Status: 429}), sitesAreWell, false},
	{"one of 200 sites fails with 429 and Retry-After", one, one.answer(fakeapi.Step{Status: 429, RetryAfter: "7"}), sitesAreWell, false},
	{"one of 200 sites fails with 500", one, one.answer(fakeapi.Step{Status: 500}), sitesAreWell, true},
	{"one of 200 sites gets answers after 2 s", one, one.answer(fakeapi.Step{Delay: 2 * time.Second}), sitesAreWell, false},
	{"one of 200 sites gets no answer", one, one.answer(fakeapi.Step{Hang: make(chan struct{})}), sitesAreWell, true},
	{"50 of 200 sites fail with 401", fifty, fifty.answer(fakeapi.Step{Status: 401}), sitesAreWell, false},
}

// In the sites scenarios one exporter delivers for 200 sites. No visit may arrive at another
// site than its own, which conclude checks.
var sites = func() []Scenario {
	var all []Scenario
	for _, f := range siteFaults {
		all = append(all, Scenario{
			Name: f.name, quiet: true, fullOnly: !f.inShort,
			run: func(t *trial) { someSitesFail(t, f) },
		})
	}
	return append(all,
		Scenario{Name: "SIGKILL at random moments under load of 200 sites, one of them refused", run: func(t *trial) {
			t.want.duplicates = true
			restartsOfSites(t, t.size(4, 20), t.kill)
		}},
		Scenario{Name: "SIGTERM at random moments under load of 200 sites, one of them refused", run: func(t *trial) {
			restartsOfSites(t, t.size(2, 10), t.terminate)
		}},
		Scenario{Name: "503 for all of 200 sites for 10 s", quiet: true, run: func(t *trial) { allSitesDown(t, 10*time.Second) }},
	)
}()

// useSites gives the exporter the 200 sites.
func (t *trial) useSites() {
	t.ledger.sites = siteCount
	require.NoError(t, os.Mkdir(t.siteFile(""), 0o700))
	for i := range siteCount {
		t.writeSite(i, siteToken(i))
	}
	t.configure("sites.yaml")
}

func (t *trial) siteFile(name string) string { return filepath.Join(t.dir, "sites", name) }

func (t *trial) writeSite(site int, token string) {
	text := fmt.Sprintf("hosts: [%s]\naccess_token: %s\nproject: client-%d\n", siteHost(site), token, site)
	require.NoError(t, os.WriteFile(t.siteFile(".new"), []byte(text), 0o600))
	require.NoError(t, os.Rename(t.siteFile(".new"), t.siteFile(fmt.Sprintf("%d.yaml", site))))
}

// changeToken gives the failing site a token, and returns when that counts.
func changeToken(token string) func(*trial) {
	const changed = "A site was changed."
	return func(t *trial) {
		before := t.log.count(changed)
		t.writeSite(failingSite, token)
		t.eventually(startLimit, func() error {
			if t.log.count(changed) == before {
				return errNotYet
			}
			return nil
		})
	}
}

// answer gives all bodies of the failing sites an answer.
func (f failing) answer(step fakeapi.Step) func(*trial) {
	names := map[string]bool{}
	for site := range siteCount {
		names[siteHost(site)] = f(site)
	}
	return func(t *trial) {
		t.api.ObjectTo(fakeapi.KnownAgents, func(v fakeapi.Visit) bool { return names[v.Site] }, step)
	}
}

// others counts the visits of all other sites.
func (f failing) others(id int) bool { return !f(id % siteCount) }

func sitesAreWell(t *trial) { t.api.ObjectTo(fakeapi.KnownAgents, nil, fakeapi.Step{}) }

// someSitesFail sends the same load before and during the fault, and compares how long visits
// of the other sites take. What waited for those that failed arrives after it.
func someSitesFail(t *trial, f siteFault) {
	t.useSites()
	t.configure("exporters::agent_visits::timeout: 10s")
	t.start()
	load := steady{perSecond: 400, lasts: t.time(4*time.Second, 20*time.Second)}
	t.sendSteadily(load)
	t.awaitDelivered()
	well := t.ledger.sum().acknowledged
	f.begin(t)
	t.sendSteadily(load)
	require.NoError(t, t.ledger.awaitDeliveredOf(t.ctx, f.sites.others))
	const percent = 95
	before := t.ledger.delayOf(percent, func(id int) bool { return id < well && f.sites.others(id) })
	under := t.ledger.delayOf(percent, func(id int) bool { return id >= well && f.sites.others(id) })
	const busy = 5 * time.Second // what a busy machine may add; who waits for a site that fails waits longer
	t.onQuietMachine(func() {
		assert.Less(t, under, 2*before+busy, "delay of %d of 100 visits of other sites", percent)
	})
	t.note("p%d of the others %.2f s, before %.2f s", percent, under.Seconds(), before.Seconds())
	f.end(t)
	t.awaitDeliveredWithin(2 * time.Minute)
}

// restartsOfSites is restarts while one of the sites is refused, until the last of them.
func restartsOfSites(t *trial, times int, end func()) {
	t.useSites()
	one.answer(fakeapi.Step{Status: 429})(t)
	left := times
	restartsUnder(t, page, times, func() {
		if left--; left == 0 {
			sitesAreWell(t)
		}
		end()
	})
}

// allSitesDown lets the API be unavailable for all. It is asked whether it is well by one
// request at a time, and not by one for each site.
func allSitesDown(t *trial, lasts time.Duration) {
	t.useSites()
	t.start()
	t.send(4_000)
	t.awaitDelivered()
	var refused atomic.Int64
	begun := time.Now()
	t.httpProxy.disturb(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		refused.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	t.send(20_000)
	t.sleep(lasts)
	t.httpProxy.disturb(nil)
	asked, seconds := refused.Load(), int64(time.Since(begun).Seconds())
	const consumers, perSecond = 10, 2 // the first waits between attempts are shorter than a second
	assert.LessOrEqual(t, asked, 2*consumers+perSecond*seconds, "requests while the API was unavailable")
	t.note("%d requests in the outage", asked)
	t.awaitDelivered()
}
