// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheProtocolAfterATargetIsCutOff(t *testing.T) {
	for rest, want := range map[string]string{
		"/a?b HTTP/1.1": "/a?b",
		"/a HTTP/2":     "/a",
		"/a b HTTP/1.0": "/a b",
		"/a 1.1":        "/a",   // Hypercorn
		"/a?b -":        "/a?b", // Vert.x, LoggerHandlerImpl.java, if the version is not 1.0, 1.1 or 2
		"/a b":          "/a b",
		"/a":            "/a",
	} {
		t.Run(rest, func(t *testing.T) { assert.Equal(t, want, withoutProtocol(rest)) })
	}
}
