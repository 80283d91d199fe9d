// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// hostOf is the only host of a site. The stand-in calls the site so as well.
func hostOf(site int) string { return fmt.Sprintf("www.client%03d.example", site) }

// hostsOf are the hosts of the sites from from to to-1.
func hostsOf(from, to int) []string {
	hosts := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		hosts = append(hosts, hostOf(i))
	}
	return hosts
}

// tokensOfASite is how many tokens the stand-in takes for each site, so that they can be
// changed.
const tokensOfASite = 4

func tokenOf(site, number int) string { return fmt.Sprintf("%s-%03d-%d", accessToken, site, number) }
func keyOf(site int) string           { return fmt.Sprintf("%s-%03d", apiKey, site) }
func siteIDOf(site int) string        { return fmt.Sprintf("%s%03d", siteID[:len(siteID)-3], site) }

// sitesRig is a rig with many sites at both destinations. No visit may arrive at another
// site than its own, which the end of each test requires.
type sitesRig struct {
	*rig
	ledger *siteLedger
}

// newManySitesRig returns a rig whose stand-in knows n sites. The first ones are listed in the
// configuration, and the others have a file each in a directory.
func newManySitesRig(t *testing.T, n, listed int, configs ...string) *sitesRig {
	t.Helper()
	known := map[fakeapi.Credentials]string{}
	for i := range n {
		for number := range tokensOfASite {
			known[fakeapi.Credentials{AccessToken: tokenOf(i, number)}] = hostOf(i)
		}
		known[fakeapi.Credentials{SiteID: siteIDOf(i), APIKey: keyOf(i)}] = hostOf(i)
	}
	ledger := &siteLedger{
		hosts:   map[string]string{},
		arrived: map[fakeapi.Destination]map[string]int{fakeapi.KnownAgents: {}, fakeapi.Scrunch: {}},
	}
	t.Cleanup(func() {
		assert.Empty(t, first(ledger.strays), "%d visits arrived at another site, or with another host", len(ledger.strays))
	})
	r := &sitesRig{ledger: ledger}
	r.rig = newRig(t, fakeapi.Settings{Sites: known, CountsOnly: true, OnVisit: ledger.arrive}, append(configs, "sites.yaml")...)
	for _, destination := range bothDestinations {
		require.NoError(t, os.Mkdir(r.directory(destination), 0o700))
	}
	for i := listed; i < n; i++ {
		r.writeSite(i, 0)
	}
	config := filepath.Join(r.dir, "sites.yaml")
	require.NoError(t, os.WriteFile(config, []byte(r.sitesConfig(listed, listed < n)), 0o600))
	r.configs = append(r.configs, config)
	return r
}

// sitesConfig lists sites, and names the directory of the others.
func (r *sitesRig) sitesConfig(listed int, others bool) string {
	var text strings.Builder
	text.WriteString("exporters:\n")
	for _, destination := range bothDestinations {
		fmt.Fprintf(&text, "  agent_visits/%s:\n    %s:\n", destination, destination)
		if others {
			fmt.Fprintf(&text, "      sites_directory: %s\n", r.directory(destination))
		}
		if listed > 0 {
			text.WriteString("      sites:\n")
		}
		for i := range listed {
			fmt.Fprintf(&text, "        - {%s}\n", strings.Join(siteLines(destination, i, 0), ", "))
		}
	}
	return text.String()
}

// siteLines are the keys of a site.
func siteLines(destination fakeapi.Destination, site, token int) []string {
	if destination == fakeapi.Scrunch {
		return []string{"hosts: [" + hostOf(site) + "]", "site_id: " + siteIDOf(site), "api_key: " + keyOf(site)}
	}
	return []string{"hosts: [" + hostOf(site) + "]", "access_token: " + tokenOf(site, token), fmt.Sprintf("project: client-%d", site)}
}

func (r *sitesRig) directory(destination fakeapi.Destination) string {
	return filepath.Join(r.dir, string(destination)+".d")
}

// siteFiles are the files of a site at both destinations.
func (r *sitesRig) siteFiles(site int) map[fakeapi.Destination]string {
	files := map[fakeapi.Destination]string{}
	for _, destination := range bothDestinations {
		files[destination] = filepath.Join(r.directory(destination), fmt.Sprintf("%03d.yaml", site))
	}
	return files
}

// writeSite writes the files of a site, as docs/sites.md advises programs to.
func (r *sitesRig) writeSite(site, token int) {
	r.t.Helper()
	for destination, file := range r.siteFiles(site) {
		text := strings.Join(siteLines(destination, site, token), "\n") + "\n"
		require.NoError(r.t, os.WriteFile(file+".tmp", []byte(text), 0o600))
		require.NoError(r.t, os.Rename(file+".tmp", file))
	}
}

func (r *sitesRig) removeSite(site int) {
	r.t.Helper()
	for _, file := range r.siteFiles(site) {
		require.NoError(r.t, os.Remove(file))
	}
}

// awaitLogged returns when the log has n lines more with the text than before.
func (r *sitesRig) awaitLogged(text string, before, n int) {
	r.t.Helper()
	r.eventually(func() error {
		if got := r.logged(text) - before; got < n {
			return fmt.Errorf("the log has %d new lines with %q, want %d", got, text, n)
		}
		return nil
	})
}

func (r *sitesRig) logged(text string) int { return strings.Count(r.log.String(), text) }

// tryTraces sends a payload over HTTP to a Collector that may not be there. An error says
// that it was not acknowledged.
func (r *sitesRig) tryTraces(td ptrace.Traces) error {
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	if err != nil {
		return err
	}
	sent, err := http.NewRequestWithContext(r.ctx, http.MethodPost, "http://127.0.0.1:"+r.env["E2E_HTTP_PORT"]+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		return err
	}
	sent.Header.Set("Content-Type", protobuf)
	answer, err := http.DefaultClient.Do(sent)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}

// loadPause is how long after a payload of a load the next one comes.
const loadPause = 200 * time.Millisecond

// loadOf sends a payload with a visit of each host every loadPause until stop is called, which
// returns the requests that the Collector has acknowledged.
func (r *sitesRig) loadOf(hosts ...string) (stop func() []request) {
	stopping, ended := make(chan struct{}), make(chan struct{})
	var acknowledged []request
	go func() {
		defer close(ended)
		ticker := time.NewTicker(loadPause)
		defer ticker.Stop()
		for {
			sent := r.ledger.requests(1, hosts...)
			if r.tryTraces(newServerTraces(sent)) == nil {
				acknowledged = append(acknowledged, sent...)
			}
			select {
			case <-ticker.C:
			case <-stopping:
				return
			}
		}
	}()
	return sync.OnceValue(func() []request {
		close(stopping)
		<-ended
		return acknowledged
	})
}

// awaitArrived returns when both destinations have all requests.
func (r *sitesRig) awaitArrived(want []request) {
	r.t.Helper()
	for _, destination := range bothDestinations {
		r.awaitArrivedAt(destination, want)
	}
}

func (r *sitesRig) awaitArrivedAt(destination fakeapi.Destination, want []request) {
	r.t.Helper()
	r.eventually(func() error {
		if missing := r.ledger.missing(destination, want); len(missing) > 0 {
			return fmt.Errorf("%s: %d of %d visits have not arrived, such as one of %s", destination, len(missing), len(want), missing[0].host)
		}
		return nil
	})
}

// requireOnce requires that each destination has each request once.
func (r *sitesRig) requireOnce(want []request) {
	r.t.Helper()
	for _, destination := range bothDestinations {
		require.Empty(r.t, r.ledger.missing(destination, want), destination)
		twice := slices.DeleteFunc(slices.Clone(want), func(w request) bool { return r.ledger.arrivals(destination, w) == 1 })
		require.Empty(r.t, twice, "%s: visits arrived more than once", destination)
	}
}
