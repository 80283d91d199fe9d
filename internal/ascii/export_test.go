// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

// LongestChain returns the largest number of slots that Find looks at.
func (t *Table[V]) LongestChain() int {
	longest, chain := 0, 0
	for _, s := range t.slots {
		if chain++; s.Key == "" {
			chain = 0
		}
		longest = max(longest, chain)
	}
	return longest
}
