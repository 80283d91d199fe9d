// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"sync/atomic"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
)

// health tells people, in the log and by the component's status, when delivery
// needs somebody's help and when it works again. It reports changes only, because a
// repeated status would restart the clocks of health checks.
type health struct {
	logger    *zap.Logger
	host      component.Host
	needsHelp atomic.Bool
	stopped   atomic.Bool
}

func (h *health) start(host component.Host) { h.host = host }

// stop ends the reports of a status, because a component that is stopping has
// that status alone.
func (h *health) stop() { h.stopped.Store(true) }

func (h *health) report(event *componentstatus.Event) {
	if !h.stopped.Load() {
		componentstatus.ReportStatus(h.host, event)
	}
}

// unhealthy reports a fault that lasts until somebody changes something. It is a
// recoverable one: visits are kept meanwhile, and a changed key may be accepted.
func (h *health) unhealthy(err error) {
	if h.needsHelp.CompareAndSwap(false, true) {
		h.logger.Error("Visits cannot be delivered and wait in the queue. Trying again from time to time.", zap.Error(err))
		h.report(componentstatus.NewRecoverableErrorEvent(err))
	}
}

// recovered reports that the API accepts visits again, if it did not before.
func (h *health) recovered(fromPause bool) {
	neededHelp := h.needsHelp.Load() && h.needsHelp.CompareAndSwap(true, false)
	if neededHelp || fromPause {
		h.logger.Info("Visits are delivered again.")
	}
	if neededHelp {
		h.report(componentstatus.NewEvent(componentstatus.StatusOK))
	}
}
