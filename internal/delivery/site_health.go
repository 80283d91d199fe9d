// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component/componentstatus"
)

const (
	// siteLogEvery is how often at most the log speaks of sites that fail, and of sites that
	// are well again.
	siteLogEvery = 10 * time.Second
	// mostNamed is how many sites a line or a status names.
	mostNamed = 10
)

// siteHealth tells people which of several sites fail: by name, in the log and by the
// component's status. What comes soon after a line is in the next one.
type siteHealth struct {
	*health

	mu      sync.Mutex
	failing map[string]error // sites that need help
	fails   siteLine
	well    siteLine
}

// siteLine is a line of the log on some sites.
type siteLine struct {
	last  time.Time
	names []string
	more  int // sites that are not named
}

// add notes a site, and returns those that a line is to name now.
func (l *siteLine) add(name string, now time.Time) (names []string, more int, isDue bool) {
	if len(l.names) < mostNamed {
		l.names = append(l.names, name)
	} else {
		l.more++
	}
	if !l.last.IsZero() && now.Sub(l.last) < siteLogEvery {
		return nil, 0, false
	}
	names, more = l.names, l.more
	*l = siteLine{last: now}
	return names, more, true
}

// paused is called when the first pause of a site begins.
func (h *siteHealth) paused(site string, err error, needsHelp bool, pause time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if names, more, isDue := h.fails.add(site, time.Now()); isDue {
		h.logger.Warn("Visits of sites cannot be delivered and wait. Other sites do not.",
			zap.Strings("sites", names), zap.Int("more_sites", more), zap.Duration("pause", pause), zap.Error(err))
	}
	if needsHelp {
		if h.failing == nil {
			h.failing = make(map[string]error)
		}
		h.failing[site] = err
		h.report(componentstatus.NewRecoverableErrorEvent(h.fault()))
	}
}

// recovered is called when a site's pauses are over.
func (h *siteHealth) recovered(site string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if names, more, isDue := h.well.add(site, time.Now()); isDue {
		h.logger.Info("Visits of sites are delivered again.", zap.Strings("sites", names), zap.Int("more_sites", more))
	}
	if _, failed := h.failing[site]; !failed {
		return
	}
	delete(h.failing, site)
	if len(h.failing) == 0 {
		h.report(componentstatus.NewEvent(componentstatus.StatusOK))
	}
}

// fault describes the sites that fail.
func (h *siteHealth) fault() error {
	var texts []string
	for site, err := range h.failing {
		texts = append(texts, fmt.Sprintf("%s: %v", site, err))
	}
	slices.Sort(texts)
	if more := len(texts) - mostNamed; more > 0 {
		texts = append(texts[:mostNamed], fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("visits of %d sites cannot be delivered: %s", len(h.failing), strings.Join(texts, "; "))
}
