// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// carryOut counts, logs and reports what a ruling says.
func (d *Delivery) carryOut(b *body, got answer, r ruling) {
	ctx := context.WithoutCancel(b.shipment.ctx)
	switch r.verdict {
	case accept:
		d.counters.Sent(ctx, b.visits.Count, b.visits.BytesSize(), b.visits.Since)
		d.countOfSite(ctx, b.visits, telemetry.SiteSent)
		d.settings.Memory.Delivered(b.visits)
		if r.isFirst || d.settings.Parking == nil {
			d.health.recovered(r.isFirst)
		}
		if site := b.lane.site; site != nil {
			d.sites.recovered(site, r.isFirstOfSite)
		}
		d.logNamedError(got)
	case setAside:
		reason := telemetry.DropRejected
		if got.rule().outcome == tooLarge {
			reason = telemetry.DropTooLarge
		}
		d.dropLog.add("Dropping visits that the API does not take.", reason, b.visits.Count, d.clientOf(b.lane).describeAlone(got),
			zap.Int("status", got.status), zap.Int("tries", r.tries), zap.Int("bytes", b.visits.BytesSize()),
			zap.Strings("fields_named_in_answer", got.fields))
		d.countOfSite(ctx, b.visits, telemetry.SiteDropped)
		d.counters.Dropped(ctx, reason, b.visits.Count)
	case pause:
		d.reportPause(b.lane, got, r)
	}
}

// countOfSite counts a body, which has the visits of one site.
func (d *Delivery) countOfSite(ctx context.Context, visits *queue.Batch, fate telemetry.Fate) {
	if site := visits.Site(); site != nil {
		d.counters.OfSite(ctx, site.Name(), fate, visits.Count)
	}
}

// reportPause tells people that nothing is sent for a while.
func (d *Delivery) reportPause(l *lane, got answer, r ruling) {
	if r.pause == 0 || r.isUntold {
		return
	}
	err := d.clientOf(l).describe(got)
	if l.site != nil && !r.isOfAPI {
		if r.isFirst {
			d.sites.paused(l.site, err, got.policy().needsHelp, r.pause)
		}
		return
	}
	if got.policy().needsHelp {
		d.health.unhealthy(fmt.Errorf("%w; nothing else is accepted, so all visits are kept", err))
	}
	if r.isFirst {
		d.logger.Warn("Delivery is paused.", zap.Duration("pause", r.pause), zap.Error(err))
	}
}

func (d *Delivery) logShrinking(refused, limit int) {
	d.logger.Warn("The API refuses a body as too large; sending smaller ones for a while.",
		zap.Int("refused_bytes", refused), zap.Int("max_bytes", limit))
}

// logNamedError says once that an answer of success names an error.
func (d *Delivery) logNamedError(got answer) {
	if got.namesError && d.namedError.CompareAndSwap(false, true) {
		d.logger.Warn("The API accepts visits, but its answer names an error. The visits count as delivered. Compare with what the API's dashboard shows.",
			zap.Int("status", got.status))
	}
}
