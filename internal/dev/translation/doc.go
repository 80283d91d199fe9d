// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package translation translates telemetry for tests: a span, a payload, or a case
// in testdata/sources becomes visits, and what both destinations would be sent.
// Only tests import it.
//
// It stands above internal/translate, internal/destination and internal/visit, so
// internal tests of these, and of what they import, cannot use it; external tests
// can. A fixture that needs no package of the product belongs in
// internal/dev/fixture.
//
// Begin with translation.go; destinations.go has the encoders.
package translation
