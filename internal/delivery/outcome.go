// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"net/http"
	"time"
)

// outcome is the first guess of what an answer means.
type outcome uint8

const (
	delivered     outcome = iota
	rejected              // a visit of the body is at fault
	tooLarge              // likewise, or the body has too many bytes
	unavailable           // the API or the line to it fails for now
	throttled             // the API wants no requests for a while
	misconfigured         // somebody must change something
)

// policy is what follows from an outcome. verdict decides with it, and with the
// evidence.
type policy struct {
	// patience is how many requests in a row may fail before the API is at fault, as
	// long as there is no better evidence.
	patience int
	// pausesFirst is set if the first failure begins a pause, because the API asks
	// for one.
	pausesFirst bool
	// tries is how often a visit must fail alone before it is dropped.
	tries int
	// isClear is set if the API says that the visit is at fault. Then only tries count that
	// were answered so. Otherwise it must have failed so often that chance does not explain
	// it.
	isClear bool
	// pause is how long nothing is sent if the API is at fault; 0 is as long as
	// retry_on_failure says. The first pause is firstPause, if that is set. It doubles
	// until something is accepted.
	firstPause, pause time.Duration
	// needsHelp is set if the API does not recover by itself.
	needsHelp bool
}

var policies = [...]policy{
	rejected:      {patience: 8, tries: 2, isClear: true, pause: 10 * time.Second, needsHelp: true},
	tooLarge:      {patience: 8, tries: 2, isClear: true, pause: 10 * time.Second, needsHelp: true},
	unavailable:   {patience: 3, tries: 3},
	throttled:     {patience: 3, tries: 60, firstPause: time.Second, pause: 10 * time.Second, pausesFirst: true},
	misconfigured: {patience: 3, tries: 3, pause: time.Minute, needsHelp: true},
}

// rule is what a status means, and what people are told of it.
type rule struct {
	outcome outcome
	remedy  string
}

// secretKeyMark stands in a remedy for the YAML key of the secret.
const secretKeyMark = "<secret>"

// The remedies.
const (
	keyRefused  = "the API refuses the key; check `" + secretKeyMark + "`"
	notPaid     = "the API says that the account must be paid for or upgraded"
	notFound    = "the API does not know this path; check `endpoint` and, for Scrunch, `scrunch::site_id`"
	unreadBody  = "the API cannot read this body; if `compression` is set, remove it"
	redirected  = "redirects are not followed; set `endpoint` to the API's own address"
	webPage     = "the answer is a web page and does not come from the API; check `endpoint`, and what stands between, such as a proxy or a portal"
	sendLess    = "the API asks to send less"
	apiDown     = "the API is unavailable"
	notAccepted = "the API does not take these visits"
)

// statusRules are for the statuses that mean something else than their class.
var statusRules = map[int]rule{
	http.StatusUnauthorized:          {misconfigured, keyRefused},
	http.StatusPaymentRequired:       {misconfigured, notPaid},
	http.StatusForbidden:             {misconfigured, keyRefused},
	http.StatusNotFound:              {misconfigured, notFound},
	http.StatusMethodNotAllowed:      {misconfigured, notAccepted},
	http.StatusNotAcceptable:         {misconfigured, notAccepted},
	http.StatusRequestTimeout:        {unavailable, apiDown},
	http.StatusRequestEntityTooLarge: {tooLarge, notAccepted},
	http.StatusUnsupportedMediaType:  {misconfigured, unreadBody},
	http.StatusTooEarly:              {unavailable, apiDown},
	http.StatusTooManyRequests:       {throttled, sendLess},
}

// classRules are for the other statuses, by their first digit.
var classRules = [...]rule{
	0: {unavailable, apiDown}, // no answer
	1: {unavailable, apiDown},
	2: {delivered, ""},
	3: {misconfigured, redirected},
	4: {rejected, notAccepted},
	5: {unavailable, apiDown},
}

// rule is the first guess of what the answer means. It decides the pace. What becomes
// of the visits is decided by evidence; see verdict.
func (a answer) rule() rule {
	class := a.status / 100
	switch {
	case class == 2 && a.isWebPage:
		return rule{misconfigured, webPage}
	case a.status == http.StatusServiceUnavailable && a.retryAfter > 0:
		return rule{throttled, apiDown}
	}
	if r, ok := statusRules[a.status]; ok {
		return r
	}
	if class < len(classRules) {
		return classRules[class]
	}
	return rule{unavailable, apiDown}
}

func (a answer) policy() policy { return policies[a.rule().outcome] }

// pause is how long nothing is sent if the API is at fault, or 0 if only
// retry_on_failure says so. inVain is how many pauses there were since the API last
// accepted a body.
func (a answer) pause(inVain int) time.Duration {
	p := a.policy()
	switch {
	case p.firstPause == 0:
		return max(p.pause, a.retryAfter)
	case a.retryAfter > 0:
		return a.retryAfter
	}
	return min(p.firstPause<<min(inVain, 10), p.pause)
}
