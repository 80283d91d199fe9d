// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translation

import (
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Destinations are both, with their default options.
func Destinations() []*destination.Destination {
	return []*destination.Destination{
		destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil),
		destination.Scrunch(&destination.ScrunchConfig{}),
	}
}

// The encoders of both destinations, with their default options.
var (
	EncodeForKnownAgents = Destinations()[0].Encode
	EncodeForScrunch     = Destinations()[1].Encode
)

// Encoders are the same, by the destination's name.
var Encoders = map[string]func([]byte, *visit.Visit) destination.Encoded{"known_agents": EncodeForKnownAgents, "scrunch": EncodeForScrunch}
