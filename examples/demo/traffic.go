// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// traffic sends the actors' requests to the sites, as the internet would.
type traffic struct {
	client    *http.Client
	addresses map[site]string // host:port on loopback
	sent      tally
}

// tally counts requests, and what should become of them.
type tally struct {
	requests int
	visits   map[destination]int
	skipped  map[destination]map[string]int // by reason
}

func newTraffic(addresses map[site]string) *traffic {
	return &traffic{
		client: &http.Client{
			Timeout: 10 * time.Second,
			// Crawlers come back for the new address later, if ever.
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

// schedule is everybody's requests, each one's in order, taking turns.
func schedule(actors []actor) []visitPlan {
	var plans []visitPlan
	for turn, more := 0, true; more; turn++ {
		more = false
		for i := range actors {
			if turn < len(actors[i].asks) {
				plans = append(plans, visitPlan{&actors[i], actors[i].asks[turn]})
				more = true
			}
		}
	}
	return plans
}

// visitPlan is a request that is going to be made.
type visitPlan struct {
	actor *actor
	ask   ask
}

// send makes all planned requests, one per interval. It returns early with
// ctx's error when ctx is done.
func (t *traffic) send(ctx context.Context, plans []visitPlan, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for _, plan := range plans {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
		// A request that was begun is ended, so that what was sent is known.
		if err := t.sendOne(context.WithoutCancel(ctx), plan); err != nil {
			return fmt.Errorf("visit %s%s as %s: %w", plan.ask.site, plan.ask.target, plan.actor.name, err)
		}
		t.sent.add(plan)
	}
	return nil
}

func (t *traffic) sendOne(ctx context.Context, plan visitPlan) error {
	address := "http://" + t.addresses[plan.ask.site] + plan.ask.target
	req, err := http.NewRequestWithContext(ctx, plan.ask.method, address, http.NoBody)
	if err != nil {
		return err
	}
	req.Host = string(plan.ask.site)
	req.Header.Set("User-Agent", plan.actor.userAgent) // empty: none is sent
	req.Header.Set("X-Forwarded-For", plan.actor.address)
	if plan.actor.referer != "" {
		req.Header.Set("Referer", plan.actor.referer)
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return err
}

// add counts a request that was made, and what both destinations make of it.
func (t *tally) add(plan visitPlan) {
	t.requests++
	for _, d := range destinations {
		if reason := skipReason(plan, d); reason != "" {
			t.skipped[d][reason]++
		} else {
			t.visits[d]++
		}
	}
}

// skipReason is why the exporter should make no visit of the request for the
// destination; empty when it should.
func skipReason(plan visitPlan, d destination) string {
	path := plan.ask.target
	if target, err := url.Parse(path); err == nil {
		path = target.Path
	}
	if reason := notVisits[path]; reason != "" {
		return reason
	}
	if plan.actor.userAgent == "" && d == scrunch {
		return "no_user_agent"
	}
	return ""
}
