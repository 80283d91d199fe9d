// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"cmp"
	"net/http"
	"time"
)

// outcome is what an answer means for the visits of its body.
type outcome uint8

const (
	delivered     outcome = iota
	unavailable           // they are kept and sent again, as retry_on_failure says
	throttled             // they are kept; nothing is sent for as long as the API says
	misconfigured         // they are kept; nothing is sent for a while, because somebody must change something
	rejected              // the API does not take one or more of them, which isolate finds
	tooLarge              // the API does not take so many bytes; they are sent again in smaller bodies
	refused               // the API takes none of them, now or later: they are dropped
)

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
	sendLess    = "the API asks to send less"
	apiDown     = "the API is unavailable"
	notAccepted = "the API does not take these visits"
)

// statusRules are for the statuses that mean something else than their class.
// Together with classRules they are the one place, with outcome below, that says what an answer means;
// attempt.act does what the outcome asks for.
var statusRules = map[int]rule{
	http.StatusBadRequest:            {rejected, notAccepted},
	http.StatusUnauthorized:          {misconfigured, keyRefused},
	http.StatusPaymentRequired:       {misconfigured, notPaid},
	http.StatusForbidden:             {misconfigured, keyRefused},
	http.StatusNotFound:              {misconfigured, notFound},
	http.StatusMethodNotAllowed:      {misconfigured, notAccepted},
	http.StatusNotAcceptable:         {misconfigured, notAccepted},
	http.StatusRequestTimeout:        {unavailable, apiDown},
	http.StatusRequestEntityTooLarge: {tooLarge, notAccepted},
	http.StatusUnsupportedMediaType:  {misconfigured, unreadBody},
	http.StatusUnprocessableEntity:   {rejected, notAccepted},
	http.StatusTooEarly:              {unavailable, apiDown},
	http.StatusTooManyRequests:       {throttled, sendLess},
}

// classRules are for the other statuses, by their first digit.
var classRules = [...]rule{
	0: {unavailable, apiDown}, // no answer
	1: {unavailable, apiDown},
	2: {delivered, ""},
	3: {misconfigured, redirected},
	4: {refused, notAccepted},
	5: {unavailable, apiDown},
}

func (a answer) rule() rule {
	if r, ok := statusRules[a.status]; ok {
		return r
	}
	if class := a.status / 100; class < len(classRules) {
		return classRules[class]
	}
	return rule{unavailable, apiDown}
}

// outcome is what the rule says. But an API that is unavailable and says for how
// long gets that time.
func (a answer) outcome() outcome {
	if a.status == http.StatusServiceUnavailable && a.retryAfter > 0 {
		return throttled
	}
	return a.rule().outcome
}

// How long nothing is sent.
const (
	// slowRetry is the pause after an answer that somebody must do something about.
	slowRetry = time.Minute
	// throttleRetry is the pause after a 429 that does not say how long to wait, and
	// after the API has rejected everything.
	throttleRetry = 10 * time.Second
)

// pause is how long nothing is to be sent after the answer. It is 0 if only the
// answer's own batch has to wait.
func (a answer) pause() time.Duration {
	switch a.outcome() {
	case throttled:
		return cmp.Or(a.retryAfter, throttleRetry)
	case misconfigured:
		return max(a.retryAfter, slowRetry)
	}
	return 0
}
