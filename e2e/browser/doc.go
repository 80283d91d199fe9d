// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package browser drives the page of cmd/preview in Chromium, as people use it: for the
// tests beside it, and for the pictures in the documents, which screenshots/main.go makes.
//
// The tests are skipped where no Chromium is installed. On Debian install.sh installs it.
package browser
