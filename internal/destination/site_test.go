// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestASiteKeepsItsIdentityWhenItsKeyIsReplaced(t *testing.T) {
	s := NewSite(Scrunch(&ScrunchConfig{SiteID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", APIKey: "old"}), "www.example.com")
	rotated := Scrunch(&ScrunchConfig{SiteID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", APIKey: "new"})
	s.Replace(rotated)
	assert.Equal(t, rotated.Identity(), s.Identity())
	assert.Same(t, rotated, s.Destination())
}

func TestARemovedSiteHasNoDestinationAndKeepsItsIdentity(t *testing.T) {
	s := NewSite(Scrunch(&ScrunchConfig{SiteID: "01ARZ3NDEKTSV4RRFFQ69G5FAV"}), "www.example.com")
	s.Replace(nil)
	assert.Nil(t, s.Destination())
	assert.Equal(t, "scrunch/01ARZ3NDEKTSV4RRFFQ69G5FAV", s.Identity())
	assert.Equal(t, "www.example.com", s.Name())
}
