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
// component's status. What comes soon after a line is in the next one.
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
func (h *siteHealth) paused(site *destination.Site, err error, needsHelp bool, pause time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if names, more, isDue := h.fails.add(site.Name(), time.Now()); isDue {
		h.logger.Warn("Visits of sites cannot be delivered and wait. Other sites do not.",
			zap.Strings("sites", names), zap.Int("more_sites", more), zap.Duration("pause", pause), zap.Error(err))
	}
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
		if names, more, isDue := h.well.add(site.Name(), time.Now()); isDue {
			h.logger.Info("Visits of sites are delivered again.", zap.Strings("sites", names), zap.Int("more_sites", more))
		}
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
