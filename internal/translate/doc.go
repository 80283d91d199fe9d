// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package translate turns a span or a log record into a visit, or into a reason
// why it is none.
//
// It is pure: it reads no clock, network or file, so what comes out depends on
// what goes in alone. Facts are collected first, by precedence; then they are
// resolved into the visit's fields; then package selection and package privacy
// have their say.
//
// Begin with Translator in translator.go: Span and LogRecord are the whole way.
// facts.go holds what is known of an item, resolve.go what follows from it.
package translate
