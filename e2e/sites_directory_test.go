// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// change is what happens to the files of a site. What counts after it is in the log at those
// destinations.
type change struct {
	do func(r *sitesRig, site int)
	at []fakeapi.Destination
}

// changes come in turns.
var changes = []change{
	{func(r *sitesRig, site int) { r.writeSite(site, 1) }, []fakeapi.Destination{fakeapi.KnownAgents}}, // a new token
	{(*sitesRig).removeSite, bothDestinations},
	{func(r *sitesRig, site int) {
		r.overwriteSite(site, func(fakeapi.Destination) string { return "hosts: [" })
	}, bothDestinations},
	{(*sitesRig).renameSite, bothDestinations},
	{func(r *sitesRig, site int) { // the host of another site
		r.overwriteSite(site, func(destination fakeapi.Destination) string {
			return strings.Replace(strings.Join(siteLines(destination, site, 0), "\n"), hostOf(site), hostOf(0), 1)
		})
	}, bothDestinations},
}

// Most sites stay as they are. The others are changed and then mended, all but the first. In
// memory nothing arrives twice.
func TestADirectoryMayChangeFiftyTimesUnderLoad(t *testing.T) {
	t.Parallel()
	const sites, changing = 100, 26
	r := newManySitesRig(t, sites, 0)
	r.start()
	stopLoad, stopOther := r.loadOf(hostsOf(changing, sites)...), r.loadOf(hostsOf(0, changing)...)
	r.changeSites(changing, func(site int) { changes[site%len(changes)].do(r, site) })
	r.changeSites(changing, func(site int) {
		require.NoError(t, os.RemoveAll(r.renamed(fakeapi.KnownAgents, site)))
		require.NoError(t, os.RemoveAll(r.renamed(fakeapi.Scrunch, site)))
		r.writeSite(site, 0)
	})
	stayed, changed := stopLoad(), stopOther()
	last := r.ledger.requests(2, hostsOf(0, sites)...)
	r.postTraces(newServerTraces(last))
	stayed = append(stayed, last...)
	r.awaitArrived(stayed)
	for _, destination := range bothDestinations {
		r.eventually(func() error {
			skipped := counter(r.scrape(), skippedMetric, labels{"destination": string(destination), "reason": "no_site"})
			if missing := len(r.ledger.missing(destination, changed)); missing != skipped || skipped == 0 {
				return fmt.Errorf("%s: %d of %d visits have not arrived, but %d had no site", destination, missing, len(changed), skipped)
			}
			return nil
		})
	}
	r.stop()
	r.requireOnce(stayed)
}

// changeSites changes the files of the sites from 1 to n-1, and returns when all of that
// counts.
func (r *sitesRig) changeSites(n int, do func(site int)) {
	r.t.Helper()
	before := map[string]int{}
	each := func(do func(key string, destination fakeapi.Destination, site int)) {
		for site := 1; site < n; site++ {
			for _, destination := range changes[site%len(changes)].at {
				do(fmt.Sprint(destination, site), destination, site)
			}
		}
	}
	each(func(key string, destination fakeapi.Destination, site int) {
		before[key] = r.linesOn(destination, site)
	})
	for site := 1; site < n; site++ {
		do(site)
	}
	each(func(key string, destination fakeapi.Destination, site int) {
		r.eventually(func() error {
			if r.linesOn(destination, site) == before[key] {
				return fmt.Errorf("%s: the log says nothing of the change of site %d", destination, site)
			}
			return nil
		})
	})
}

// linesOn is how many lines the log has on the file of a site at a destination.
func (r *sitesRig) linesOn(destination fakeapi.Destination, site int) (lines int) {
	for line := range strings.Lines(r.log.String()) {
		if hasAll(line, []string{fmt.Sprintf(`%03d.yaml"`, site), "agent_visits/" + string(destination)}) {
			lines++
		}
	}
	return lines
}

func (r *sitesRig) overwriteSite(site int, text func(fakeapi.Destination) string) {
	r.t.Helper()
	for destination, file := range r.siteFiles(site) {
		require.NoError(r.t, os.WriteFile(file, []byte(text(destination)), 0o600))
	}
}

func (r *sitesRig) renameSite(site int) {
	r.t.Helper()
	for destination, file := range r.siteFiles(site) {
		require.NoError(r.t, os.Rename(file, r.renamed(destination, site)))
	}
}

func (r *sitesRig) renamed(destination fakeapi.Destination, site int) string {
	return filepath.Join(r.directory(destination), fmt.Sprintf("renamed-%03d.yaml", site))
}
