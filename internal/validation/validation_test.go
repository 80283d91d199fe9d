// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package validation

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFaultsOfAllBlocksAreReportedTogether(t *testing.T) {
	f := NewFaults()
	require.NoError(t, f.Err())

	f.In("visits").In("query").Choice("mode", "all", []string{"redact", "keep"})
	require.EqualError(t, f.Err(), "`visits::query::mode` is \"all\": write one of redact, keep")

	other := errors.New("something else")
	f.AddError(other)
	require.ErrorIs(t, f.Err(), other)
	assert.EqualError(t, f.Err(), "2 faults:\n  `visits::query::mode` is \"all\": write one of redact, keep\n  something else")
}

func TestChoicesMayBeEmpty(t *testing.T) {
	f := NewFaults()
	f.Choice("mode", "", []string{"redact", "keep"})
	f.Choice("mode", "keep", []string{"redact", "keep"})
	assert.NoError(t, f.Err())
}

func TestLongValuesAreCut(t *testing.T) {
	most := strings.Repeat("x", maxShownBytes)
	assert.Equal(t, most, Shorten(most))
	assert.Equal(t, most+"...", Shorten(most+"x"))
}

func TestAMessageIsShortHoweverManyFaultsThereAre(t *testing.T) {
	f := NewFaults()
	for range 5000 {
		f.Add("hosts", "is empty")
	}
	text := f.Err().Error()
	assert.Equal(t, maxShownFaults+1, strings.Count(text, "\n"))
	assert.True(t, strings.HasSuffix(text, "and 4950 more"))
}
