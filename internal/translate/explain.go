// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// explainInterval is the least time between two explanations of a reason.
const explainInterval = time.Minute

// maxExplainedKeys and maxKeyBytes bound an explanation.
const (
	maxExplainedKeys = 60
	maxKeyBytes      = 100
)

// Explainer says in the debug log why items became no visits: one example for each
// reason and minute. It names keys and never a value, because values are visitors'
// data. It names no keys of nested maps, because they can be visitors' data too.
type Explainer struct {
	logger *zap.Logger
	last   [visit.SkipReasonCount]atomic.Int64 // Unix time in nanoseconds
}

// NewExplainer returns nil if the debug log is off.
func NewExplainer(logger *zap.Logger) *Explainer {
	if !logger.Core().Enabled(zapcore.DebugLevel) {
		return nil
	}
	return &Explainer{logger: logger}
}

// Wants says whether this item is to be the example of its reason.
func (e *Explainer) Wants(reason visit.SkipReason, now int64) bool {
	if e == nil || reason == visit.NotSkipped {
		return false
	}
	last := e.last[reason].Load()
	return now-last >= int64(explainInterval) && e.last[reason].CompareAndSwap(last, now)
}

// Explain logs the item that t translated last, and which facts it lacks. The body is
// that of a log record.
func (e *Explainer) Explain(reason visit.SkipReason, scope pcommon.InstrumentationScope, attributes pcommon.Map, body pcommon.Value, t *Translator) {
	keys := appendKeys(nil, "", attributes)
	if body.Type() == pcommon.ValueTypeMap {
		keys = appendKeys(keys, "body: ", body.Map())
	}
	var missing []string
	if reason != visit.SkipNotServer && reason != visit.SkipService { // whose attributes were not read
		missing = t.facts.missing(&t.rules.unused)
	}
	e.logger.Debug("An item is no visit. "+remedies[reason],
		zap.String("reason", visit.SkipReasons[reason]),
		zap.String("scope", scope.Name()),
		zap.Strings("missing", missing),
		zap.Strings("keys", keys),
		zap.Stringer("body", body.Type()),
	)
}

func appendKeys(to []string, prefix string, m pcommon.Map) []string {
	from := len(to)
	for key := range m.All() {
		if len(to) == maxExplainedKeys {
			break
		}
		if isKeyName(key) {
			to = append(to, prefix+key)
		}
	}
	slices.Sort(to[from:])
	return to
}

// missing are the facts that a visit should have and that were not found.
func (f *facts) missing(unused *visit.FieldSet) []string {
	var names []string
	for _, part := range [...]struct {
		name  string
		found bool
	}{
		{"method", f.has(visit.Method) || f.has(visit.RequestLine)},
		{"path", f.has(visit.Path) || f.has(visit.Target) || f.has(visit.FullURL) || f.has(visit.PathFallback) || f.has(visit.RequestLine)},
		{"status", f.has(visit.Status)},
		{"host", unused.Has(visit.Host) || f.has(visit.Host) || f.has(visit.BareHost) || f.has(visit.HostHeader) || f.has(visit.FullURL) || f.has(visit.ForwardedHost)},
		{"user agent", f.has(visit.UserAgent)},
		{"client address", f.has(visit.ClientIP) || f.has(visit.PeerIP) || f.has(visit.ForwardedFor)},
	} {
		if !part.found {
			names = append(names, part.name)
		}
	}
	return names
}

// isKeyName says whether a key looks like a programmer's name for something, and not
// like data such as an address.
func isKeyName(key string) bool {
	if key == "" || len(key) > maxKeyBytes || key[0] >= '0' && key[0] <= '9' {
		return false
	}
	for i := range len(key) {
		switch c := key[i]; {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z', strings.IndexByte("_.-()", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// remedies say for each reason what to do if the item is a visit after all.
var remedies = [visit.SkipReasonCount]string{
	visit.SkipNotServer:         "Only spans of kind server can be visits; this is of another kind, as most are.",
	visit.SkipNotHTTP:           "The server span has no HTTP method: it serves another protocol, or its method stands under a key to be named in visits::attributes::method.",
	visit.SkipNotAccessLog:      "No method, path and status were found: it is no record of a request, the line is in no known format or cut off, or keys are to be named in visits::attributes.",
	visit.SkipException:         "The event tells of an exception of a request; the request's own record counts.",
	visit.SkipInternalHop:       "The span's caller stands in the same payload and counts; set visits::internal_hops to true to count both.",
	visit.SkipNoPath:            "No path was found, as with CONNECT and OPTIONS *. If there is one, name its key in visits::attributes::path or target.",
	visit.SkipStaticAsset:       "The path is that of an image, style sheet, script or the like; set visits::static_assets to true to count it.",
	visit.SkipFrameworkInternal: "The path is one that frameworks keep to themselves; set visits::framework_internals to true to count it.",
	visit.SkipHealthCheck:       "The path or user agent is that of a health check; set visits::health_checks to true to count it.",
	visit.SkipService:           "visits::services leaves its service out.",
	visit.SkipPath:              "visits::include_paths or visits::exclude_paths leaves its path out.",
	visit.SkipMethod:            "visits::methods leaves its method out.",
	visit.SkipStatus:            "visits::statuses leaves its status out.",
	visit.SkipWho:               "visits::who leaves out whoever is no known agent; name further ones in visits::agents.",
	visit.SkipNoUserAgent:       "Scrunch requires a user agent: let the source record the header; docs/headers.md says how.",
	visit.SkipNoStatus:          "Scrunch requires a status: the source records none for requests that were given up.",
	visit.SkipNoHost:            "Scrunch requires a domain: set scrunch::domain, or let the source record the host.",
}
