// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package visit

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEveryReasonHasANameOfItsOwn(t *testing.T) {
	names := map[string]bool{}
	for reason, name := range SkipReasons {
		assert.Equal(t, SkipReason(reason) == NotSkipped, name == "", reason)
		assert.False(t, names[name], name)
		names[name] = true
	}
}
