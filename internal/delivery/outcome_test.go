// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestEachStatusHasItsOutcome(t *testing.T) {
	for outcome, statuses := range map[outcome][]int{
		delivered:     {200, 201, 202, 204, 299},
		unavailable:   {0, 100, 101, 199, 408, 425, 500, 501, 502, 503, 504, 507, 520, 524, 599, 600, 999},
		throttled:     {429},
		misconfigured: {300, 301, 302, 303, 304, 307, 308, 401, 402, 403, 404, 405, 406, 415},
		rejected:      {400, 407, 409, 410, 411, 412, 414, 416, 417, 418, 421, 422, 423, 424, 426, 428, 431, 451, 499},
		tooLarge:      {413},
	} {
		for _, status := range statuses {
			t.Run(fmt.Sprint(status, " ", http.StatusText(status)), func(t *testing.T) {
				assert.Equal(t, outcome, answer{status: status}.rule().outcome)
			})
		}
	}
}

func TestTheTextAndTheHeaderOfAnAnswerChangeItsOutcome(t *testing.T) {
	for name, test := range map[string]struct {
		got  answer
		want outcome
	}{
		"503 that asks for a pause":         {answer{status: 503, retryAfter: time.Second}, throttled},
		"500 that asks for a pause":         {answer{status: 500, retryAfter: time.Second}, unavailable},
		"200 with a web page":               {answer{status: 200, isWebPage: true}, misconfigured},
		"202 with a web page":               {answer{status: 202, isWebPage: true}, misconfigured},
		"503 with a web page":               {answer{status: 503, isWebPage: true}, unavailable},
		"400 with a web page":               {answer{status: 400, isWebPage: true}, rejected},
		"200 that names an error":           {answer{status: 200, namesError: true}, delivered},
		"200 that asks for a pause":         {answer{status: 200, retryAfter: time.Second}, delivered},
		"no answer, whatever is remembered": {answer{retryAfter: time.Second}, unavailable},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, test.got.rule().outcome) })
	}
}

func TestAnAnswerSaysHowLongNothingIsSent(t *testing.T) {
	for name, test := range map[string]struct {
		got  answer
		want time.Duration
	}{
		"429 as it asks":                       {answer{status: 429, retryAfter: time.Second}, time.Second},
		"429 that does not say at first":       {answer{status: 429}, time.Second},
		"503 as it asks":                       {answer{status: 503, retryAfter: time.Hour}, time.Hour},
		"503 that does not say":                {answer{status: 503}, 0},
		"401 slowly":                           {answer{status: 401}, time.Minute},
		"401 slower if it asks":                {answer{status: 401, retryAfter: time.Hour}, time.Hour},
		"401 slowly although it asks for less": {answer{status: 401, retryAfter: time.Second}, time.Minute},
		"a web page slowly":                    {answer{status: 200, isWebPage: true}, time.Minute},
		"500 as it asks":                       {answer{status: 500, retryAfter: time.Second}, time.Second},
		"500 that does not say":                {answer{status: 500}, 0},
		"no answer":                            {answer{}, 0},
		"422":                                  {answer{status: 422}, 10 * time.Second},
		"413":                                  {answer{status: 413}, 10 * time.Second},
		"413 as it asks":                       {answer{status: 413, retryAfter: time.Minute}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, test.got.pause(0)) })
	}
}

func TestPausesForA429ThatDoesNotSayGrowToTenSeconds(t *testing.T) {
	for inVain, seconds := range []float64{1, 2, 4, 8, 10, 10, 10} {
		assert.InDelta(t, seconds, answer{status: 429}.pause(inVain).Seconds(), 0)
		assert.Equal(t, time.Minute, answer{status: 429, retryAfter: time.Minute}.pause(inVain))
		assert.Equal(t, 10*time.Second, answer{status: 422}.pause(inVain))
	}
	assert.Equal(t, 10*time.Second, answer{status: 429}.pause(1000))
}

func TestOnlyWhatSomebodyMustMendNeedsHelp(t *testing.T) {
	for status, want := range map[int]bool{400: true, 401: true, 301: true, 413: true, 418: true, 429: false, 500: false, 503: false, 0: false} {
		assert.Equal(t, want, answer{status: status}.policy().needsHelp, "%d", status)
	}
}

func TestEachFailureHasARemedy(t *testing.T) {
	for status := range 1_000 {
		if r := (answer{status: status}).rule(); r.outcome != delivered {
			assert.NotEmpty(t, r.remedy, "%d", status)
		}
	}
}
