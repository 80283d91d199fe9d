// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package telemetry counts what the exporter does: visits sent and dropped,
// items skipped, requests made.
//
// Numbers go in; the Collector's metrics come out. DropReason lists the reasons for which
// visits are lost. Every counter starts at zero,
// so that dashboards see the first increase.
//
// Begin with telemetry.go; metadata.yaml describes the metrics.
package telemetry
