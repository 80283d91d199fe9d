// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !race

package agentvisitsexporter

const raceDetector = false
