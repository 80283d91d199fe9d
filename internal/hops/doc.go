// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Package hops decides which server spans are visits, and which are inner hops of a
// request that another of our services serves.
//
// The keys, times and services of all spans go in, payload by payload, with the visits
// of server spans. A verdict comes out: a visit, a hop, or that the visit waits. What
// has waited comes out later. The package reads no clock.
//
// A server span is a hop if a span above it in its trace serves: a server span or a
// consumer span, in whichever payload it comes, up to a wait before the server span or
// after it. Spans that call, and spans in between, are links only. So a page, a load
// generator and a job make no hop by calling, and each of a page's requests is a visit.
//
// # What is remembered
//
// Each span is, for a wait, and for up to four, but ten minutes at most, while that takes little memory; if it takes more,
// and no server span has named a parent for four waits, for four seconds only: one word if
// its ancestors are known up to a root that serves, two if they are not, three if it serves.
// A word holds 38 bits of the span's key; the place says the others. A search is wrong once
// in some ten thousand millions, and then the times must fit, too. Keys depend on a secret
// seed. The latest spans lie in a hash table, with whole keys. After a fifteenth of the wait, or
// 32,768 of them, they are packed into a block, which has no gaps and does not change. While no server span
// names a parent, spans are only listed; the first that does has the list entered in the tables.
//
// When there is no room, the oldest ids are forgotten and the oldest visits go on: hops
// may count then, and no visit is lost, except to a visitor who seems to be one of us and
// names a span that its own service called: whose call that was may be forgotten.
//
// A hop may count, too, if two pieces of the chain above it come so far apart that the
// first is forgotten.
//
// What an inner hop knows of its request is kept for one to two waits, and completes the
// visit. A root span waits for that only if it lacks the user agent and an inner hop has
// completed such a one of late, or came too late for one.
//
// # What a visitor can do
//
// A visitor writes which span its request names as its parent. So the server span must
// begin within its parent's time, give or take the tolerance. If the parent calls, that
// is enough, because the ids of such spans stay inside. Otherwise the peer must not be a
// stranger; if it is not known, the parent must be of another service, or of another
// instrumentation of the same one; if both are of one service, there is no tolerance
// after the parent's end; and a service that called the parent is not called by it.
// Nothing is asked if the server span's own process says that the parent is in it.
//
// A visitor who seems to be one of us, because a load balancer of ours is the peer or
// nobody records one, can still hide requests: those that begin while a request of its
// own to the same service is served, and those to another service that begin within the
// tolerance after it, if that service was not right above. So can whoever learns the id of a
// span that calls, while that lasts and for the tolerance and two seconds more, or a
// 128th of the time that it lasted; and whoever may send spans of its own to the Collector.
//
// Begin with Tracker in tracker.go. search.go has the rules, fact.go what is remembered
// of a span, memory.go, unread.go, young.go and block.go where, waiting.go the visits that wait, and inner.go
// what an inner hop knows of its request.
package hops
