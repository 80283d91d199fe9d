// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
)

// TestTheTextsOfAVisitAreDecodedOnce whatever their hashes are, which differ in each process.
func TestTheTextsOfAVisitAreDecodedOnce(t *testing.T) {
	for i := range 200 {
		agent, referer := fmt.Sprintf("an%%20agent/%d", i), fmt.Sprintf("https://example.com/%d%%20", i)
		cookie := fmt.Sprintf("a%%20cookie=%d", i)
		var d decodedTexts
		decode := func() {
			d.of(agent, mapping.PercentCode)
			d.of(referer, mapping.PercentCode)
			d.of(cookie, mapping.PercentCode)
		}
		decode()
		assert.Zero(t, testing.AllocsPerRun(10, decode), agent)
	}
}
