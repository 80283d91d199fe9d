// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// explainInterval is the least time between two explanations of a reason.
const explainInterval = time.Minute

// maxExplainedKeys and maxKeyBytes bound an explanation.
const (
	maxExplainedKeys = 60
	maxKeyBytes      = 100
)

// explainer says in the debug log why items became no visits: one example for each
// reason and minute. It names keys and never a value, because values are visitors'
// data. It names no keys of nested maps, because they can be visitors' data too.
type explainer struct {
	logger *zap.Logger
	last   [skipReasonCount]atomic.Int64 // Unix time in nanoseconds
}

// newExplainer returns nil if the debug log is off.
func newExplainer(logger *zap.Logger) *explainer {
	if !logger.Core().Enabled(zapcore.DebugLevel) {
		return nil
	}
	return &explainer{logger: logger}
}

// wants says whether this item is to be the example of its reason.
func (e *explainer) wants(reason skipReason, now int64) bool {
	if e == nil || reason == notSkipped {
		return false
	}
	last := e.last[reason].Load()
	return now-last >= int64(explainInterval) && e.last[reason].CompareAndSwap(last, now)
}

// explain logs the item that t translated last, and which facts it lacks. The body is
// that of a log record.
func (e *explainer) explain(reason skipReason, scope pcommon.InstrumentationScope, attributes pcommon.Map, body pcommon.Value, t *translator) {
	keys := appendKeys(nil, "", attributes)
	if body.Type() == pcommon.ValueTypeMap {
		keys = appendKeys(keys, "body: ", body.Map())
	}
	var missing []string
	if reason != skipNotServer && reason != skipService { // whose attributes were not read
		missing = t.facts.missing(&t.rules.unused)
	}
	e.logger.Debug("An item is no visit. "+remedies[reason],
		zap.String("reason", skipReasons[reason]),
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
func (f *facts) missing(unused *fieldSet) []string {
	var names []string
	for _, part := range [...]struct {
		name  string
		found bool
	}{
		{"method", f.has(method) || f.has(requestLine)},
		{"path", f.has(path) || f.has(target) || f.has(fullURL) || f.has(pathFallback) || f.has(requestLine)},
		{"status", f.has(status)},
		{"host", unused.has(host) || f.has(host) || f.has(bareHost) || f.has(hostHeader) || f.has(fullURL) || f.has(forwardedHost)},
		{"user agent", f.has(userAgent)},
		{"client address", f.has(clientIP) || f.has(peerIP) || f.has(forwardedFor)},
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
var remedies = [skipReasonCount]string{
	skipNotServer:         "Only spans of kind server can be visits; this is of another kind, as most are.",
	skipNotHTTP:           "The server span has no HTTP method: it serves another protocol, or its method stands under a key to be named in visits::attributes::method.",
	skipNotAccessLog:      "No method, path and status were found: it is no record of a request, the line is in no known format or cut off, or keys are to be named in visits::attributes.",
	skipException:         "The event tells of an exception of a request; the request's own record counts.",
	skipInternalHop:       "The span's caller stands in the same payload and counts; set visits::internal_hops to true to count both.",
	skipNoPath:            "No path was found, as with CONNECT and OPTIONS *. If there is one, name its key in visits::attributes::path or target.",
	skipStaticAsset:       "The path is that of an image, style sheet, script or the like; set visits::static_assets to true to count it.",
	skipFrameworkInternal: "The path is one that frameworks keep to themselves; set visits::framework_internals to true to count it.",
	skipHealthCheck:       "The path or user agent is that of a health check; set visits::health_checks to true to count it.",
	skipService:           "visits::services leaves its service out.",
	skipPath:              "visits::include_paths or visits::exclude_paths leaves its path out.",
	skipMethod:            "visits::methods leaves its method out.",
	skipStatus:            "visits::statuses leaves its status out.",
	skipWho:               "visits::who leaves out whoever is no known agent; name further ones in visits::agents.",
	skipNoUserAgent:       "Scrunch requires a user agent: let the source record the header; docs/headers.md says how.",
	skipNoStatus:          "Scrunch requires a status: the source records none for requests that were given up.",
	skipNoHost:            "Scrunch requires a domain: set scrunch::domain, or let the source record the host.",
}
