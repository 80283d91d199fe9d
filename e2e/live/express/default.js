// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Starts OpenTelemetry with its default settings. Loaded before the application, as with
// node --require @opentelemetry/auto-instrumentations-node/register

require('@opentelemetry/auto-instrumentations-node/register');
