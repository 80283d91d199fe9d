// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"errors"
	"fmt"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// Choice is the part of the configuration that chooses the destination: exactly one
// block is set, for one site or for several. The blocks are pointers, because fmt prints what is in a
// configoptional.Optional in clear, secrets included.
type Choice struct {
	// KnownAgents makes the exporter deliver to Known Agents.
	KnownAgents *KnownAgentsConfig `mapstructure:"known_agents"`
	// Scrunch makes the exporter deliver to Scrunch.
	Scrunch *ScrunchConfig `mapstructure:"scrunch"`
}

// blocks are the blocks of all destinations. A further destination is a file like
// scrunch.go, a field above, and an entry here.
func (c *Choice) blocks() []block { return []block{c.KnownAgents, c.Scrunch} }

// block is the configuration of one destination. Its methods other than isSet,
// name and required are for a block that is set.
type block interface {
	isSet() bool
	// name is the block's YAML key, and the destination's name.
	name() string
	// required are the YAML keys that a user has to set, for messages.
	required() []string
	// check reports the faults of the block. The secret may be absent if an
	// authentication extension is configured, which adds one.
	check(f validation.Faults, hasExtension bool)
	// destination is what the block configures. The arguments are the names of the
	// headers that users add, in lower case with "-".
	destination(addedRequest, addedResponse []string) *Destination
	// sites are the sites of the block, or nil if it is for one alone. The arguments are
	// those of destination.
	sites(addedRequest, addedResponse []string) *Sites
}

// set are the blocks that are set.
func (c *Choice) set() (blocks []block) {
	for _, b := range c.blocks() {
		if b.isSet() {
			blocks = append(blocks, b)
		}
	}
	return blocks
}

// Destination is the one that is chosen. It is an error if there is none or more than
// one, which CheckDestination reports too. The arguments are the names of the headers that users
// add, in lower case with "-".
func (c *Choice) Destination(addedRequest, addedResponse []string) (*Destination, error) {
	set := c.set()
	if err := c.checkNumber(set); err != nil {
		return nil, err
	}
	return set[0].destination(addedRequest, addedResponse), nil
}

// Sites are those of the chosen destination, or nil if it has one alone. The arguments are
// those of Destination, which then returns what the sites have in common.
func (c *Choice) Sites(addedRequest, addedResponse []string) *Sites {
	for _, b := range c.set() {
		return b.sites(addedRequest, addedResponse)
	}
	return nil
}

// CheckDestination reports the faults of all blocks. A secret may be absent if an authentication
// extension is configured, which adds one.
func (c *Choice) CheckDestination(f validation.Faults, hasExtension bool) {
	set := c.set()
	if err := c.checkNumber(set); err != nil {
		f.AddError(err)
	}
	for _, b := range set {
		b.check(f.In(b.name()), hasExtension)
	}
}

// checkNumber reports that none is set, or more than one.
func (c *Choice) checkNumber(set []block) error {
	switch len(set) {
	case 0:
		var ways []string
		for _, b := range c.blocks() {
			ways = append(ways, "`"+b.name()+"::"+strings.Join(b.required(), "` and `"+b.name()+"::")+"`")
		}
		return errors.New("no destination is set: set " + strings.Join(ways, ", or "))
	case 1:
		return nil
	}
	first, second := set[0].name(), set[1].name()
	return fmt.Errorf("`%s` and `%s` are both set: one exporter delivers to one destination; make it two, such as agent_visits/%[1]s and agent_visits/%[2]s", first, second)
}

// APIPath is the path of the API, which follows the endpoint. It is empty if no
// destination is chosen.
func (c *Choice) APIPath() string {
	for _, b := range c.set() {
		return b.destination(nil, nil).Path
	}
	return ""
}

// SecretHeaders are the headers that contain a secret of the exporter, each with the
// YAML key of the secret.
func (c *Choice) SecretHeaders() map[string]string {
	keys := make(map[string]string)
	for _, b := range c.set() {
		d := b.destination(nil, nil)
		switch sites := b.sites(nil, nil); {
		case sites != nil:
			keys[d.secretHeader] = b.name() + "::" + sitesKey
		case d.Authorize != nil:
			keys[d.secretHeader] = d.SecretKey
		}
	}
	return keys
}
