// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// agency is a delivery for several sites, to an API that keeps a ledger for each.
type agency struct {
	*line
	sites   []*destination.Site
	ledgers map[string]*ledger // by token
	lot     *queue.Lot
	dropped map[string]int
}

func (a *agency) Find(identity string) *destination.Site {
	for _, s := range a.sites {
		if s.Identity() == identity {
			return s
		}
	}
	return nil
}

func tokenOf(site int) string { return fmt.Sprintf("token-%d", site) }

func destinationOf(site int) *destination.Destination {
	return destination.KnownAgents(&destination.KnownAgentsConfig{
		AccessToken: configopaque.String(tokenOf(site)), Project: fmt.Sprintf("site-%d.example.com", site),
	}, nil, nil)
}

// newAgency has so many sites. The API answers as answer says; nil takes everything.
func newAgency(t *testing.T, sites int, answer func(site string) objection) *agency {
	t.Helper()
	a := &agency{ledgers: map[string]*ledger{}, dropped: map[string]int{}}
	for i := range sites {
		a.sites = append(a.sites, destination.NewSite(destinationOf(i), fmt.Sprintf("site-%d.example.com", i)))
		a.ledgers[tokenOf(i)] = &ledger{arrived: map[string]time.Time{}, own: fmt.Sprintf("/%d/", i)}
	}
	a.line = newLine(t, 10_000)
	q := exporterhelper.NewDefaultQueueConfig()
	q.Sizer, q.QueueSize = exporterhelper.RequestSizerTypeBytes, 64<<20
	unreadable := func(error, int) {}
	f := &a.destination.Framing
	a.lot = queue.NewLot(&q, queue.ParkingSettings{
		Logger: a.logger, Encoding: queue.NewSitesEncoding(a.destination, a, unreadable),
		Full: func(_ string, n int) { a.dropped["full"] += n }, Removed: func(_ string, n int) { a.dropped["removed"] += n },
	}, nil, queue.NewMemory(f, false, unreadable))
	a.settings.Parking = a.lot
	a.dispatcher = newDispatcher(&a.settings)
	a.lot.Start(context.WithoutCancel(t.Context()), func(ctx context.Context, b *queue.Batch) error { return a.settings.Requeue(ctx, b) })
	a.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		l := a.ledgers[token]
		if l == nil {
			t.Error("a request without a token:", token)
			return withStatus(401)(r)
		}
		if o := answer(token); o != nil {
			if _, err := l.receive(r); err != nil {
				return nil, err
			}
			<-time.After(20 * time.Millisecond)
			return o(r)
		}
		return l.behind(withStatus(422), 20*time.Millisecond)(r)
	})
	return a
}

// end ends the delivery with what waits.
func (a *agency) end(t *testing.T) {
	t.Helper()
	a.lot.BeginShutdown()
	a.stop(t)
	a.lot.Rest(t.Context(), func(*queue.Batch) {})
	close(a.batches)
}

// flush is a batch with some visits for each of the sites, the next round's.
func (a *agency) flush(round, perSite int, sites ...int) *queue.Batch {
	var shares []queue.Share
	for _, i := range sites {
		shares = append(shares, queue.Share{
			Site: a.sites[i], Count: perSite,
			Lines: linesOf(batchOf(perSite, func(k int) string { return fmt.Sprintf("/%d/%d-%d", i, round, k) })),
		})
	}
	return queue.NewDiskMemory(&a.destination.Framing).Put(shares, time.Now().UnixMilli())
}

// arrivedOf is how many visits of a site have arrived, of which all must be its own.
func (a *agency) arrivedOf(t *testing.T, site int) int {
	t.Helper()
	l := a.ledgers[tokenOf(site)]
	l.mu.Lock()
	defer l.mu.Unlock()
	assert.Empty(t, l.foreign, "of others at site %d", site)
	return len(l.arrived)
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// requestsOf is how many requests there were for a site.
func (a *agency) requestsOf(site int) int {
	_, _, requests := a.ledgers[tokenOf(site)].counts()
	return requests
}
