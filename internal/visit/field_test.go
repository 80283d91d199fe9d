// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package visit

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEveryHeaderHasAFieldOfItsOwn(t *testing.T) {
	taken := map[Field]bool{}
	for _, name := range RequestHeaders {
		f := RequestHeader(name)
		assert.True(t, RequestFields.Has(f) && !ResponseFields.Has(f) && !taken[f], name)
		assert.Equal(t, name, HeaderName(name))
		taken[f] = true
	}
	for _, name := range ResponseHeaders {
		f := ResponseHeader(name)
		assert.True(t, ResponseFields.Has(f) && !RequestFields.Has(f) && !taken[f], name)
		assert.Equal(t, name, HeaderName(name))
		taken[f] = true
	}
	assert.Equal(t, UserAgent, RequestHeader("user-agent"))
	assert.False(t, taken[FirstAddedRequest] || taken[FirstAddedResponse])
}
