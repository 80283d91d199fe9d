// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestFaultyConfigurationsAreRefused(t *testing.T) {
	requests := func(c HeaderListConfig) Config { return Config{Headers: HeadersConfig{Request: c}} }
	responses := func(c HeaderListConfig) Config { return Config{Headers: HeadersConfig{Response: c}} }
	queries := func(c QueryConfig) Config { return Config{Query: c} }
	paths := func(patterns ...string) (c Config) {
		for _, pattern := range patterns {
			c.ReplaceInPaths = append(c.ReplaceInPaths, PathReplacement{Pattern: pattern})
		}
		return c
	}
	headers := strings.Fields("x-a x-b x-c x-d x-e x-f x-g x-h x-i")
	patterns := strings.Fields(strings.Repeat("a ", maxPathReplacements+1))
	for name, c := range map[string]struct {
		config Config
		fault  string // how its message begins, or empty
	}{
		"nothing":                        {Config{}, ""},
		"everybody":                      {Config{Who: "everybody"}, ""},
		"agents of one's own":            {Config{Who: "agents", Agents: []string{"Our-Bot_2"}}, ""},
		"an unknown choice of visitors":  {Config{Who: "bots"}, "`who` is \"bots\""},
		"an agent that is no token":      {Config{Who: "agents", Agents: []string{"Our Bot"}}, "`agents` has \"Our Bot\""},
		"agents by default":              {Config{Agents: []string{"OurBot"}}, "`agents` is set and `who` is everybody"},
		"agents among everybody":         {Config{Who: "everybody", Agents: []string{"OurBot"}}, "`agents` is set and `who` is everybody"},
		"as many headers as there may":   {requests(HeaderListConfig{Add: headers[:visit.MaxAddedHeaders]}), ""},
		"a header too many":              {requests(HeaderListConfig{Add: headers}), "`headers::request::add` has 9 headers"},
		"a response's header too many":   {responses(HeaderListConfig{Add: headers}), "`headers::response::add` has 9 headers"},
		"a wildcard":                     {requests(HeaderListConfig{Add: []string{"x-?"}}), "`headers::request::add` has \"x-?\": write the headers' whole names"},
		"an empty header":                {requests(HeaderListConfig{Add: []string{""}}), "`headers::request::add` has \"\", which is no header"},
		"what is no header":              {requests(HeaderListConfig{Add: []string{"x y"}}), "`headers::request::add` has \"x y\", which is no header"},
		"a header that is delivered":     {requests(HeaderListConfig{Add: []string{"Referer"}}), "`headers::request::add` has \"Referer\", which is delivered anyway"},
		"a header of the other side":     {requests(HeaderListConfig{Add: []string{"location"}}), ""},
		"a part of the visit":            {requests(HeaderListConfig{Add: []string{"x_forwarded_host"}}), "`headers::request::add` has \"x_forwarded_host\", which tells the exporter a part of the visit"},
		"a credential":                   {responses(HeaderListConfig{Add: []string{"Set-Cookie"}}), "`headers::response::add` has \"Set-Cookie\", which carries a credential"},
		"headers that may be removed":    {requests(HeaderListConfig{Remove: []string{"Referer", "x_forwarded_for"}}), ""},
		"the user agent removed":         {requests(HeaderListConfig{Remove: []string{"User-Agent"}}), "`headers::request::remove` has \"User-Agent\""},
		"an unknown header removed":      {responses(HeaderListConfig{Remove: []string{"x-a"}}), "`headers::response::remove` has \"x-a\", which is not delivered anyway"},
		"an unknown mode of queries":     {queries(QueryConfig{Mode: "all"}), "`query::mode` is \"all\""},
		"a secret key without letters":   {queries(QueryConfig{SecretKeys: []string{"--"}}), "`query::secret_keys` has \"--\""},
		"a kept key without letters":     {queries(QueryConfig{Mode: "keep", KeepKeys: []string{"*"}}), "`query::keep_keys` has \"*\""},
		"a kept key with a star within":  {queries(QueryConfig{Mode: "keep", KeepKeys: []string{"a*b"}}), "`query::keep_keys` has \"a*b\""},
		"a kept key's beginning":         {queries(QueryConfig{Mode: "keep", KeepKeys: []string{"utm_*"}}), ""},
		"the beginning of a usual key":   {queries(QueryConfig{KeepKeys: []string{"utm_*"}}), "`query::keep_keys` has \"utm_*\": a star is for `query::mode` keep"},
		"a kept credential":              {queries(QueryConfig{KeepKeys: []string{"accessToken"}}), "`query::keep_keys` has \"accessToken\", which is a name for a credential"},
		"as many patterns as there may":  {paths(patterns[1:]...), ""},
		"a pattern too many":             {paths(patterns...), "`replace_in_paths` has 17 patterns"},
		"a pattern of the longest kind":  {paths(strings.Repeat("a", maxPatternBytes)), ""},
		"a pattern that is too long":     {paths(strings.Repeat("a", maxPatternBytes+1)), "`replace_in_paths` has a pattern of 513 characters"},
		"what is no regular expression":  {paths("(a"), "`replace_in_paths` has the pattern \"(a\", which is no regular expression"},
		"a pattern that matches nothing": {paths("a*"), "`replace_in_paths` has the pattern \"a*\", which matches everywhere"},
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

// A configuration that nobody validated must not panic either.
func TestNoMoreHeadersAreAddedThanThereAreFieldsFor(t *testing.T) {
	c := HeadersConfig{Request: HeaderListConfig{Add: strings.Fields("X_A b c d e f g h i j")}}
	request, response := c.Added()
	assert.Equal(t, strings.Fields("x-a b c d e f g h"), request)
	assert.Empty(t, response)
}
