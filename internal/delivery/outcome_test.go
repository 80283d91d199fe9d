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
		unavailable:   {0, 408, 425, 500, 501, 502, 503, 504, 507, 520, 524, 599, 600},
		throttled:     {429},
		misconfigured: {300, 301, 302, 303, 304, 307, 308, 401, 402, 403, 404, 405, 406, 415},
		rejected:      {400, 422},
		tooLarge:      {413},
		refused:       {407, 409, 410, 411, 412, 414, 416, 417, 418, 421, 423, 424, 426, 428, 431, 451},
	} {
		for _, status := range statuses {
			t.Run(fmt.Sprint(status, " ", http.StatusText(status)), func(t *testing.T) {
				assert.Equal(t, outcome, answer{status: status}.outcome())
			})
		}
	}
	t.Run("503 with Retry-After", func(t *testing.T) {
		assert.Equal(t, throttled, answer{status: 503, retryAfter: time.Second}.outcome())
	})
}

func TestAnAnswerSaysHowLongNothingIsSent(t *testing.T) {
	for name, test := range map[string]struct {
		got  answer
		want time.Duration
	}{
		"429 as it asks":                       {answer{status: 429, retryAfter: time.Second}, time.Second},
		"429 that does not say":                {answer{status: 429}, 10 * time.Second},
		"503 as it asks":                       {answer{status: 503, retryAfter: time.Hour}, time.Hour},
		"503 that does not say":                {answer{status: 503}, 0},
		"401 slowly":                           {answer{status: 401}, time.Minute},
		"401 slower if it asks":                {answer{status: 401, retryAfter: time.Hour}, time.Hour},
		"401 slowly although it asks for less": {answer{status: 401, retryAfter: time.Second}, time.Minute},
		"500":                                  {answer{status: 500, retryAfter: time.Second}, 0},
		"422":                                  {answer{status: 422}, 0},
		"200":                                  {answer{status: 200}, 0},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, test.got.pause()) })
	}
}
