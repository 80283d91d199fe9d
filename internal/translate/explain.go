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

	"github.com/agentvisits/agentvisitsexporter/internal/accesslog"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// explainInterval is the least time between two explanations of a reason.
const explainInterval = time.Minute

// maxExplainedKeys and maxKeyBytes bound an explanation.
const (
	maxExplainedKeys = 60
	maxKeyBytes      = 100
)

// Explainer says in the debug log why items did not become visits: one example for
// each reason and minute. It names keys and never values, because values are visitors'
// data. It does not name the keys of nested maps, because they can be visitors' data
// too.
type Explainer struct {
	logger *zap.Logger
	last   [visit.SkipReasonCount]atomic.Int64 // when each reason was explained, in Unix nanoseconds
}

// NewExplainer returns nil, which explains nothing, if the debug log is off.
func NewExplainer(logger *zap.Logger) *Explainer {
	if !logger.Core().Enabled(zapcore.DebugLevel) {
		return nil
	}
	return &Explainer{logger: logger}
}

// Wants says whether the item that was skipped now, in Unix nanoseconds, is to be the
// example of its reason. If so, no other item is for a while.
func (e *Explainer) Wants(reason visit.SkipReason, now int64) bool {
	if e == nil || reason == visit.NotSkipped {
		return false
	}
	last := e.last[reason].Load()
	return now-last >= int64(explainInterval) && e.last[reason].CompareAndSwap(last, now)
}

// Explain logs the item that t translated last, and which facts it lacks. The body of
// a span is an empty value. more is what the log is to show besides.
func (e *Explainer) Explain(reason visit.SkipReason, scope pcommon.InstrumentationScope, attributes pcommon.Map, body pcommon.Value, t *Translator, more ...zap.Field) {
	keys := appendKeys(nil, "", attributes)
	if body.Type() == pcommon.ValueTypeMap {
		keys = appendKeys(keys, "body: ", body.Map())
	}
	var missing []string
	if reason != visit.SkipNotServer && reason != visit.SkipService { // else its attributes were not read
		missing = t.facts.missing(&t.rules.unused)
	}
	fields := []zap.Field{
		zap.String("reason", visit.SkipReasons[reason]),
		zap.String("scope", scope.Name()),
		zap.Strings("missing", missing),
		zap.Strings("keys", keys),
		zap.Stringer("body", body.Type()),
		zap.String("columns", t.columns.columns.Doubt),
	}
	if body.Type() == pcommon.ValueTypeStr && reason == visit.SkipNotAccessLog {
		fields = appendClosest(fields, body.Str(), t.facts.zone)
	}
	e.explain(reason, append(fields, more...))
}

// ExplainWaited is Explain for a visit that has waited, whose item is gone.
func (e *Explainer) ExplainWaited(reason visit.SkipReason, more ...zap.Field) {
	e.explain(reason, append([]zap.Field{zap.String("reason", visit.SkipReasons[reason])}, more...))
}

func (e *Explainer) explain(reason visit.SkipReason, fields []zap.Field) {
	e.logger.Debug("This item is not a visit. "+remedies[reason], fields...)
}

// appendClosest appends which rule for lines came closest, and what the line lacks.
func appendClosest(fields []zap.Field, line string, zone *time.Location) []zap.Field {
	line = withoutContainerPrefix(strings.TrimSpace(line))
	if line == "" || len(line) > maxBodyText || line[0] == '{' {
		return fields
	}
	rule, lacks := accesslog.Closest(line, zone)
	if rule == "" {
		return append(fields, zap.String("closest_rule", "none: the line has no request line and status that a rule finds"))
	}
	return append(fields, zap.String("closest_rule", rule), zap.String("line_lacks", lacks))
}

// appendKeys appends the names among a map's keys in order, each after the prefix.
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

// missing are the facts that a visit should have and the item lacks.
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

// isKeyName says whether a key looks like a name that a programmer chose, and not like
// data, such as an address.
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

// Remedy says why an item was skipped, and what to do if it should be a visit.
func Remedy(reason visit.SkipReason) string { return remedies[reason] }

// remedies say for each reason what to do if the item should be a visit.
var remedies = [visit.SkipReasonCount]string{
	visit.SkipNotServer:         "Only spans of kind server can be visits. This one is of another kind, as most are.",
	visit.SkipNotHTTP:           "The server span has no HTTP method: it serves another protocol, or the method is under a key that visits::attributes::method must name.",
	visit.SkipNotAccessLog:      "It lacks a method, a path or a status: it does not record a request, or its line is cut off or in an unknown format (closest_rule names what came closest), or visits::attributes must name its keys. If it lacks nothing, it describes an outgoing call, or its path is not in the map that holds its method; see docs/sources.md.",
	visit.SkipException:         "The event describes an exception of a request. The request's own record counts.",
	visit.SkipInternalHop:       "A span above it in its trace is a server span or a consumer span of yours, so this is no request from outside. docs/services.md says more. Set visits::internal_hops to true to count both.",
	visit.SkipNoPath:            "No path was found, as in CONNECT and OPTIONS *. If there is one, name its key in visits::attributes::path or target.",
	visit.SkipStaticAsset:       "The path is that of an image, a style sheet, a script or the like. Set visits::static_assets to true to count it, or visits::skip_documents to false if it is a PDF.",
	visit.SkipFrameworkInternal: "Only frameworks and their tools use this path. Set visits::framework_internals to true to count it.",
	visit.SkipHealthCheck:       "The path, the user agent, or the path and a private address are those of a health check. Set visits::health_checks to true to count it.",
	visit.SkipHost:              "visits::hosts excludes the host that the server names, or includes others and none is named. A host that only the visitor or an unknown proxy names does not count: let the source record the Host header, or name your proxies in visits::client_ip::trusted_proxies and let spans record network.peer.address.",
	visit.SkipService:           "visits::services excludes its service.",
	visit.SkipPath:              "visits::include_paths or visits::exclude_paths excludes its path.",
	visit.SkipMethod:            "visits::methods excludes its method.",
	visit.SkipStatus:            "visits::statuses excludes its status.",
	visit.SkipWho:               "visits::who excludes visitors that are not known agents. Name further agents in visits::agents.",
	visit.SkipNoUserAgent:       "Scrunch requires a user agent. Let the source record the header; docs/headers.md says how.",
	visit.SkipNoStatus:          "Scrunch requires a status. The source records none if the visitor left before there was one.",
	visit.SkipNoHost:            "Scrunch requires a domain. Set scrunch::domain, or let the source record the host. To test with curl at an address, add -H 'Host: www.example.com'.",
	visit.SkipOtherSite:         "It names a public host that does not belong to scrunch::domain. List the sites in scrunch::sites, each with its own site_id and key; without scrunch::domain every visit counts under its own host.",
	visit.SkipNoSite:            "No site has the host that the server names, or the server names none. Add the host to a site, in the list of sites or in a file of sites_directory. A host that only the visitor or an unknown proxy names chooses no site: let the source record the Host header, or name your proxies in visits::client_ip::trusted_proxies and let spans record network.peer.address.",
}
