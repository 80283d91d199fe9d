// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/selection"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Rules are what a configuration says about translation. They do not change, so all
// translators of an exporter share them.
type Rules struct {
	keys    *mapping.Keys
	filters *selection.Filter
	trust   *trust // nil: the built-in order
	privacy *privacy.Rules
	unused  visit.FieldSet // fields that make no difference to the destination

	noticesHosts bool // see Translator.noticeHost
}

// NewRules takes a configuration that was validated, and the fields for which the
// destination has no use.
func NewRules(c Config, unused visit.FieldSet) *Rules {
	r := &Rules{
		filters: selection.New(&c.Selection),
		trust:   newTrust(&c.ClientIP),
		privacy: privacy.New(&c.Privacy, c.ClientIP.Mode),
		unused:  unused,
	}
	if r.privacy.Referred {
		r.unused = unused.Without(visit.SetOf(visit.Referer))
	}
	if r.filters.ChoosesHosts() {
		r.unused = r.unused.Without(hostFields.With(visit.SetOf(visit.RequestLine)))
	}
	r.noticesHosts = !r.filters.ChoosesHosts() && !r.unused.Has(visit.Host)
	r.keys = mapping.NewKeys(mapping.New(c.Attributes).WithHeaders(c.Privacy.Headers.Added()), &r.unused)
	return r
}
