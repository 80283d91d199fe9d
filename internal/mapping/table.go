// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"maps"
	"slices"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Mapping says what a key means.
type Mapping struct {
	Field      visit.Field
	Precedence Precedence
	Source     SourceID      // the producer that alone uses the key
	IsText     bool          // a text under the key is stored as it is
	IsTrace    bool          // a text of several lines is the trace of a stack
	IsWeak     bool          // the value may be of something else than a request
	Mesh       MeshAddress   // of an address that Envoy writes
	Call       CallSign      // that the service made the request
	Unit       time.Duration // of a duration
	Fraction   time.Duration // of a duration with a fraction, if it is another
}

// IsOwn reports whether a user names the key.
func (m *Mapping) IsOwn() bool { return m.Precedence >= FromOwnKey && m.Precedence < FromBuiltinKey }

// Precedence decides which value a field gets if several keys have one. 1 is the best;
// 0 means that there is no value.
//
// The text of a raw line comes first, then keys that users name, then built-in ones,
// then built-in ones in another spelling. After all of these come values of poor
// quality, in the same order; see Poor.
type Precedence uint8

// The best precedence of each origin. Further keys of a field follow, one by one.
const (
	FromLine       Precedence = 1
	FromOwnKey     Precedence = 2
	FromBuiltinKey Precedence = 32
	fromRespeltKey Precedence = 80
	firstPoor      Precedence = 128
)

// Poor is the precedence of a key whose value probably says something else, such as
// where the server listens instead of the host that was asked for.
func (p Precedence) Poor() Precedence { return p | firstPoor }

// IsPoor reports whether a precedence is that of a poor value.
func (p Precedence) IsPoor() bool { return p >= firstPoor }

// MaxOwnKeys is how many keys users can name for a field.
const MaxOwnKeys = int(FromBuiltinKey - FromOwnKey)

// Configurable has the fields for which users can name more keys, by their names in
// the option visits::attributes.
var Configurable = map[string]Mapping{
	"method":           {Field: visit.Method},
	"request_line":     {Field: visit.RequestLine},
	"scheme":           {Field: visit.Scheme},
	"host":             {Field: visit.Host},
	"path":             {Field: visit.Path},
	"target":           {Field: visit.Target},
	"query":            {Field: visit.Query},
	"url":              {Field: visit.FullURL},
	"status":           {Field: visit.Status},
	"duration_s":       {Field: visit.Duration, Unit: time.Second},
	"duration_ms":      {Field: visit.Duration, Unit: time.Millisecond},
	"duration_us":      {Field: visit.Duration, Unit: time.Microsecond},
	"duration_ns":      {Field: visit.Duration, Unit: time.Nanosecond},
	"start_time":       {Field: visit.StartTime},
	"end_time":         {Field: visit.EndTime},
	"client_ip":        {Field: visit.ClientIP},
	"x_forwarded_for":  {Field: visit.ForwardedFor},
	"forwarded":        {Field: visit.Forwarded},
	"x_forwarded_host": {Field: visit.ForwardedHost},
	"user_agent":       {Field: visit.UserAgent},
	"referer":          {Field: visit.Referer},
	"content_type":     {Field: visit.ResponseHeader("content-type")},
	"mcp_method":       {Field: visit.MCPMethod},
	"mcp_tool":         {Field: visit.MCPTool},
}

// Mappings has the mapping of each known key.
type Mappings map[string]Mapping

// Builtin has the mappings of a configuration that names no keys.
var Builtin = NewKeys(New(nil), nil)

// New returns the mappings of all built-in keys and of those that users name, by
// their field's name in Configurable. Keys of users take precedence.
func New(extra map[string][]string) Mappings {
	m := make(Mappings, 2048)
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		a := Configurable[name]
		m.add(a.Field, FromOwnKey, extra[name])
		for _, key := range extra[name] {
			m.setUnit(key, a.Field, a.Unit)
		}
	}
	for f, keys := range attributeKeys {
		m.add(visit.Field(f), FromBuiltinKey, keys)
	}
	m.add(visit.Outgoing, FromBuiltinKey, loggersOfContext())
	for i, d := range durationKeys {
		m.add(visit.Duration, FromBuiltinKey+Precedence(i), []string{d.key})
		m.setUnit(d.key, visit.Duration, d.unit)
	}
	for _, name := range namesOfDurations {
		for suffix, unit := range unitsOfDurations {
			m.addDuration(name+"_"+suffix, unit)
		}
	}
	for key, unit := range partUnits {
		m.setUnit(key, visit.DurationPart, unit)
	}
	for i, name := range visit.RequestHeaders {
		m.addHeader(visit.FirstRequestHeader+visit.Field(i), name, requestHeaderAliases[name], RequestHeaderKeys)
	}
	for i, name := range visit.ResponseHeaders {
		m.addHeader(visit.FirstResponseHeader+visit.Field(i), name, responseHeaderAliases[name], ResponseHeaderKeys)
	}
	for id := range Sources {
		m.addSigns(SourceID(id))
	}
	return m
}

// WithHeaders adds the keys of headers that users name, in lower case with "-".
func (m Mappings) WithHeaders(request, response []string) Mappings {
	for i, name := range request {
		m.addHeader(visit.FirstAddedRequest+visit.Field(i), name, nil, RequestHeaderKeys)
	}
	for i, name := range response {
		m.addHeader(visit.FirstAddedResponse+visit.Field(i), name, nil, ResponseHeaderKeys)
	}
	return m
}

// add maps keys, best first, to a field. A key that is mapped already stays as it is.
func (m Mappings) add(f visit.Field, first Precedence, keys []string) {
	isText := Kinds[f] == KindText && !MayHoldJSON(f)
	for i, key := range keys {
		if _, taken := m[key]; !taken {
			m[key] = Mapping{
				Field: f, Precedence: Precedence(min(int(first)+i, int(fromRespeltKey)-1)), IsText: isText,
				IsWeak: first == FromBuiltinKey && weakKeys[key], Mesh: meshAddresses[key], Call: callSigns[key],
				IsTrace: f == visit.OtherKind && traceKeys[key],
			}
		}
	}
}

// addDuration maps a key of a duration that names its unit, unless it is mapped.
func (m Mappings) addDuration(key string, unit time.Duration) {
	if _, taken := m[key]; !taken {
		m.add(visit.Duration, FromBuiltinKey+Precedence(len(durationKeys)), []string{key})
		m.setUnit(key, visit.Duration, unit)
	}
}

// addHeader maps the keys of a header: its aliases, then the usual ones.
func (m Mappings) addHeader(f visit.Field, name string, aliases []string, ways []HeaderKey) {
	m.add(f, FromBuiltinKey, aliases)
	m.add(f, FromBuiltinKey+Precedence(len(aliases)), HeaderKeys(name, ways))
}

// setUnit sets the unit of a duration's key, unless the key means another field.
func (m Mappings) setUnit(key string, f visit.Field, unit time.Duration) {
	if a := m[key]; a.Field == f {
		a.Unit, a.Fraction = unit, 0
		if !a.IsOwn() {
			a.Fraction = fractionUnits[key]
		}
		m[key] = a
	}
}

// addSigns marks the keys by which a producer is recognised.
func (m Mappings) addSigns(id SourceID) {
	for _, key := range Sources[id].signs {
		a := m[key]
		a.Source = id
		m[key] = a
	}
}
