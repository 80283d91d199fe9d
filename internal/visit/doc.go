// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package visit holds the noun of this module: a Visit is one HTTP request that
// a website served.
//
// It names the fields of a visit and the reasons for which telemetry becomes
// none. It imports nothing of this module, so every other package can speak of a
// visit.
//
// Begin with visit.go; field.go lists the fields, skip.go the reasons.
package visit
