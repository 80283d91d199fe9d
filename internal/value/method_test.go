// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMethodsAreToldFromOtherText(t *testing.T) {
	for text, want := range map[string]string{
		"GET": "GET", "get": "GET", "Propfind": "PROPFIND", "M-SEARCH": "M-SEARCH", "MY_METHOD": "MY_METHOD",
		"": "", "m-search": "", "GET /": "", "GET1": "", "-": "", "--": "", "_": "", "-GET": "", strings.Repeat("A", maxMethodBytes+1): "",
	} {
		t.Run(text, func(t *testing.T) {
			assert.Equal(t, want, Method(text))
		})
	}
}
