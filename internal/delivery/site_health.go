// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component/componentstatus"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

const (
	// siteLogEvery is how often at most the log speaks of sites that fail, and of sites that
	// are well again.
	siteLogEvery = 10 * time.Second
	// mostNamed is how many sites a line or a status names.
	mostNamed = 10
)

// siteHealth tells people which of several sites fail: by name, in the log and by the
// component's status. What comes soon after a line is in the next one, which comes when
// siteLogEvery is over.
type siteHealth struct {
	*health

	mu      sync.Mutex
	failing map[*destination.Site]error // those that need help
	fails   siteLine
	well    siteLine
}

// siteLine is a line of the log on some sites.
type siteLine struct {
	last  time.Time
	sites []*destination.Site // of which no line has spoken yet
	speak func(names []string, more int)
}

// note adds a site to the line that speak writes: now, or when the last one is long enough
// ago. The caller holds the lock.
func (h *siteHealth) note(l *siteLine, site *destination.Site, speak func(names []string, more int)) {
	if l.speak = speak; !slices.Contains(l.sites, site) {
		l.sites = append(l.sites, site)
	}
	wait := time.Until(l.last.Add(siteLogEvery))
	switch {
	case wait <= 0:
		l.write()
	case len(l.sites) == 1:
		time.AfterFunc(wait, func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			if !h.stopped.Load() && time.Since(l.last) >= siteLogEvery {
				l.write()
			}
		})
	}
}

// flush writes what waits for its line, at the end.
func (h *siteHealth) flush() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fails.write()
	h.well.write()
}

// forget takes back what no line has said yet, because it is over.
func (l *siteLine) forget(site *destination.Site) {
	l.sites = slices.DeleteFunc(l.sites, func(other *destination.Site) bool { return other == site })
}

func (l *siteLine) write() {
	if len(l.sites) == 0 {
		return
	}
	var names []string
	for _, site := range l.sites[:min(len(l.sites), mostNamed)] {
		names = append(names, site.Name())
	}
	l.speak(names, len(l.sites)-len(names))
	*l = siteLine{last: time.Now()}
}

// paused is called when the first pause of a site begins.
func (h *siteHealth) paused(site *destination.Site, err error, needsHelp bool, pause time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.well.forget(site)
	h.note(&h.fails, site, func(names []string, more int) {
		h.logger.Warn("Visits of sites cannot be delivered and wait. Other sites do not.",
			zap.Strings("sites", names), zap.Int("more_sites", more), zap.Duration("pause", pause), zap.Error(err))
	})
	if needsHelp {
		if h.failing == nil {
			h.failing = make(map[*destination.Site]error)
		}
		h.failing[site] = err
		h.report(componentstatus.NewRecoverableErrorEvent(h.fault()))
	}
}

// recovered is called when visits of a site are accepted, and told if that ends its pauses.
// Another signal's visits may have ended them before.
func (h *siteHealth) recovered(site *destination.Site, fromPause bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if fromPause {
		h.fails.forget(site)
		h.note(&h.well, site, func(names []string, more int) {
			h.logger.Info("Visits of sites are delivered again.", zap.Strings("sites", names), zap.Int("more_sites", more))
		})
	}
	if _, failed := h.failing[site]; failed {
		h.forget(func(other *destination.Site) bool { return other == site })
	}
}

// forgetRemoved is called after sites were changed. Those that were removed fail no more.
func (h *siteHealth) forgetRemoved() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(func(site *destination.Site) bool { return site.Destination() == nil })
}

// forget takes sites out of those that fail. The caller holds the lock.
func (h *siteHealth) forget(isWell func(*destination.Site) bool) {
	if len(h.failing) == 0 {
		return
	}
	maps.DeleteFunc(h.failing, func(site *destination.Site, _ error) bool { return isWell(site) })
	if len(h.failing) == 0 {
		h.report(componentstatus.NewEvent(componentstatus.StatusOK))
	}
}

// fault describes the sites that fail.
func (h *siteHealth) fault() error {
	var first []*destination.Site // by name; all of them may fail
	for site := range h.failing {
		at, _ := slices.BinarySearchFunc(first, site.Name(), func(s *destination.Site, name string) int { return strings.Compare(s.Name(), name) })
		if at < mostNamed {
			first = slices.Insert(first, at, site)
			first = first[:min(len(first), mostNamed)]
		}
	}
	var texts []string
	for _, site := range first {
		texts = append(texts, fmt.Sprintf("%s: %v", site.Name(), h.failing[site]))
	}
	if more := len(h.failing) - len(first); more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("visits of %d sites cannot be delivered: %s", len(h.failing), strings.Join(texts, "; "))
}
