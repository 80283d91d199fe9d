// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"cmp"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// Config says whether inner hops count, and how long and in how much memory visits wait
// until it is known whether they are some. Defaults are those of DefaultConfig.
type Config struct {
	// InternalHops includes the server spans below another server span or a consumer
	// span of yours: one of your services called another. By default they are skipped.
	InternalHops bool `mapstructure:"internal_hops"`
	// Wait is how long the visit of a server span that names a parent waits for the
	// spans above it, 15s by default. With 0 none waits: then only spans are hops that
	// come after those above them, or in one payload with them.
	Wait time.Duration `mapstructure:"internal_hops_wait"`
	// Memory is the most bytes that waiting visits and the ids of spans may take, 64 MiB
	// by default, for which 0 stands, too. When there is no room, the oldest visits go on early and the oldest
	// ids are forgotten: then hops may count.
	Memory int `mapstructure:"internal_hops_memory"`
}

// The bounds of the settings.
const (
	maxWait   = 10 * time.Minute
	minMemory = 1 << 20
	maxMemory = 16 << 30

	defaultMemory = 64 << 20
)

// DefaultConfig is the configuration that users change in part.
func DefaultConfig() Config { return Config{Wait: 15 * time.Second, Memory: defaultMemory} }

// MaxBytes is the memory that the configuration grants.
func (c *Config) MaxBytes() int { return cmp.Or(c.Memory, defaultMemory) }

// Check reports the faults of a configuration.
func (c *Config) Check(f validation.Faults) {
	switch {
	case c.Wait < 0:
		f.Add("internal_hops_wait", "is %s: set it to 15s, for example, or to 0s so that no visit waits", c.Wait)
	case c.Wait > maxWait:
		f.Add("internal_hops_wait", "is %s, and so long would visits come late: set it to %s at most; 15s is enough where spans are sent every few seconds", c.Wait, maxWait)
	}
	if c.Memory != 0 && c.Memory < minMemory || c.Memory > maxMemory {
		f.Add("internal_hops_memory", "is %d bytes: set it to a number from %d (1 MiB) to %d (16 GiB); 67108864 is the default", c.Memory, minMemory, maxMemory)
	}
}
