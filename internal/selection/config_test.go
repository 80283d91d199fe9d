// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

func TestFaultyConfigurationsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		fault  string // how its message begins, or empty
	}{
		"patterns of paths":            {Config{IncludePaths: []string{"/a/*", "**/a", "{/a,/b}"}, ExcludePaths: []string{"/[ab]"}}, ""},
		"an empty pattern":             {Config{IncludePaths: []string{""}}, "`include_paths` has \"\", which is no pattern"},
		"a brace that is not closed":   {Config{ExcludePaths: []string{"/{a"}}, "`exclude_paths` has \"/{a\", which is no pattern"},
		"a path without a slash":       {Config{ExcludePaths: []string{"a/*"}}, "`exclude_paths` has \"a/*\", which matches no path"},
		"patterns of services":         {Config{Services: ServicesConfig{Include: []string{"shop-*"}, Exclude: []string{"*"}}}, ""},
		"an included service's brace":  {Config{Services: ServicesConfig{Include: []string{"{a"}}}, "`services::include` has \"{a\""},
		"an excluded service's brace":  {Config{Services: ServicesConfig{Exclude: []string{"{a"}}}, "`services::exclude` has \"{a\""},
		"methods in any case":          {Config{Methods: []string{"GET", "post"}}, ""},
		"what is no method":            {Config{Methods: []string{"GET /"}}, "`methods` has \"GET /\""},
		"codes and classes of status":  {Config{Statuses: []any{100, "404", 599, "1xx", "5XX"}}, ""},
		"a status below all":           {Config{Statuses: []any{99}}, "`statuses` has \"99\""},
		"a class below all":            {Config{Statuses: []any{"0xx"}}, "`statuses` has \"0xx\""},
		"a class above all":            {Config{Statuses: []any{"6xx"}}, "`statuses` has \"6xx\""},
		"a class with another letter":  {Config{Statuses: []any{"2xy"}}, "`statuses` has \"2xy\""},
		"a class with too many digits": {Config{Statuses: []any{"20xx"}}, "`statuses` has \"20xx\""},
	} {
		t.Run(name, func(t *testing.T) {
			faults := validation.NewFaults()
			c.config.Check(faults)
			if c.fault == "" {
				assert.NoError(t, faults.Err())
				return
			}
			assert.ErrorContains(t, faults.Err(), c.fault)
		})
	}
}

func TestAClassStandsForAHundredCodes(t *testing.T) {
	f := New(&Config{Statuses: []any{"2xx", 404, "5xx"}})
	for code, chosen := range f.statuses {
		assert.Equal(t, code >= 200 && code <= 299 || code == 404 || code >= 500, chosen, code)
	}
}

func TestServicesAreAskedForOnlyIfThereIsAChoice(t *testing.T) {
	assert.False(t, New(&Config{}).ChooseByServices)
	assert.True(t, New(&Config{Services: ServicesConfig{Include: []string{"a"}}}).ChooseByServices)
	assert.True(t, New(&Config{Services: ServicesConfig{Exclude: []string{"a"}}}).ChooseByServices)
	assert.True(t, New(&Config{Services: ServicesConfig{Include: []string{"a"}, Exclude: []string{"b"}}}).ChooseByServices)
}
