// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package shipped tests what other programs read: the JSON schema, by a validator, and the
// manifests, by Kubernetes' own types. It lies in this module so that neither reaches the
// exporter's users.
package shipped
