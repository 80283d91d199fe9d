// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command service is what packages and images start; there it is called agent-visits. It
// chooses the configurations of the destinations whose keys are there, says what stands in
// the way, and becomes the Collector. It also asks a running Collector for its health,
// because an image without a shell has nothing else that could.
package main
