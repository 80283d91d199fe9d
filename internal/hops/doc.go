// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package hops decides which server spans are visits and which are inner hops of a
// request that another of our services serves.
package hops
