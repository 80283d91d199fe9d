// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package visit holds the noun of this module: a Visit is one HTTP request that a
// website served.
//
// Package translate fills a Visit; package destination encodes it. This package names
// the fields of a visit, its limits, and the reasons for which an item becomes no
// visit. It imports nothing of this module, so every other package can speak of visits.
//
// Begin with visit.go. field.go lists the fields, skip.go the reasons.
package visit
