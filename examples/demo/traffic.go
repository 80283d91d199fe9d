// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// traffic sends the actors' requests to the sites.
type traffic struct {
	client    *http.Client
	addresses map[site]string // host:port on loopback
	sent      tally
}

// tally counts requests and their expected outcome.
type tally struct {
	requests int
	visits   map[destination]int
	skipped  map[destination]map[string]int // by reason
	// twoServices are the requests that the shop answered after it had asked its stock.
	twoServices int
}

func newTraffic(addresses map[site]string) *traffic {
	return &traffic{
		client: &http.Client{
			Timeout: 10 * time.Second,
			// Crawlers request the new address later, if ever.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		addresses: addresses,
		sent:      newTally(),
	}
}

func newTally() tally {
	t := tally{visits: map[destination]int{}, skipped: map[destination]map[string]int{}}
	for _, d := range destinations {
		t.skipped[d] = map[string]int{}
	}
	return t
}

// schedule returns the requests of all actors, who take turns. The requests of an actor
// stay in order.
func schedule(actors []actor) []plan {
	var plans []plan
	for turn, more := 0, true; more; turn++ {
		more = false
		for i := range actors {
			if turn < len(actors[i].requests) {
				plans = append(plans, plan{&actors[i], actors[i].requests[turn]})
				more = true
			}
		}
	}
	return plans
}

// plan is a request and the actor who makes it.
type plan struct {
	actor   *actor
	request request
}

// send makes all planned requests, one per interval. If ctx is done, it returns the
// cause.
func (t *traffic) send(ctx context.Context, plans []plan, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for _, p := range plans {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
		// A started request is completed, so that the number of requests is exact.
		if err := t.sendOne(context.WithoutCancel(ctx), p); err != nil {
			return fmt.Errorf("visit %s%s as %s: %w", p.request.site, p.request.target, p.actor.name, err)
		}
		t.sent.add(p)
	}
	return nil
}

func (t *traffic) sendOne(ctx context.Context, p plan) error {
	address := "http://" + t.addresses[p.request.site] + p.request.target
	req, err := http.NewRequestWithContext(ctx, p.request.method, address, http.NoBody)
	if err != nil {
		return err
	}
	req.Host = string(p.request.site)
	req.Header.Set("User-Agent", p.actor.userAgent) // if empty, the client sends none
	req.Header.Set("X-Forwarded-For", p.actor.address)
	if p.actor.referer != "" {
		req.Header.Set("Referer", p.actor.referer)
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return err
}

// add counts a request and its expected outcome at each destination.
func (t *tally) add(p plan) {
	t.requests++
	if p.request.site == www && strings.HasPrefix(p.request.target, productPath) {
		t.twoServices++
	}
	for _, d := range destinations {
		if reason := skipReason(p, d); reason != "" {
			t.skipped[d][reason]++
		} else {
			t.visits[d]++
		}
	}
}

// skipReason is the reason for which the exporter must skip the request for the
// destination, or "" if the request is a visit.
func skipReason(p plan, d destination) string {
	path := p.request.target
	if target, err := url.Parse(path); err == nil {
		path = target.Path
	}
	if reason := notVisits[path]; reason != "" {
		return reason
	}
	if p.actor.userAgent == "" && d == scrunch {
		return "no_user_agent"
	}
	return ""
}
