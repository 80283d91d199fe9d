// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOfManySitesEachHasItsOwnCredentials(t *testing.T) {
	const another = "01ARZ3NDEKTSV4RRFFQ69G5FAW"
	api := New(Settings{AccessToken: "does not count", Sites: map[Credentials]string{
		{AccessToken: "token-a"}: "a", {AccessToken: "token-a2"}: "a", {AccessToken: "token-b"}: "b",
		{SiteID: testSite, APIKey: "key-a"}: "a", {SiteID: another, APIKey: "key-b"}: "b",
	}})
	for name, c := range map[string]struct {
		destination  Destination
		site, secret string
		status       int
		want         string
	}{
		"a token":                        {KnownAgents, "", "token-a", 200, "a"},
		"a second token of a site":       {KnownAgents, "", "token-a2", 200, "a"},
		"a token of another site":        {KnownAgents, "", "token-b", 200, "b"},
		"a token of no site":             {KnownAgents, "", "token-c", 401, ""},
		"a key in the place of a token":  {KnownAgents, "", "key-a", 401, ""},
		"a key":                          {Scrunch, testSite, "key-a", 200, "a"},
		"a key of another site":          {Scrunch, another, "key-b", 200, "b"},
		"one site's key with another id": {Scrunch, another, "key-a", 401, ""},
		"an id of no site":               {Scrunch, "01ARZ3NDEKTSV4RRFFQ69G5FAX", "key-a", 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := knownAgentsBody
			if c.destination == Scrunch {
				body = scrunchBody
			}
			r := valid(t, c.destination, "", body)
			r.URL.Path = strings.Replace(r.URL.Path, testSite, c.site, 1)
			for header, value := range map[string]string{"Authorization": "Bearer " + c.secret, "X-Api-Key": c.secret} {
				if r.Header.Get(header) != "" {
					r.Header.Set(header, value)
				}
			}
			before := len(api.Visits(c.destination))
			require.Equal(t, c.status, serve(api, r).status)
			requests := api.Requests(c.destination)
			assert.Equal(t, c.want, requests[len(requests)-1].Site)
			for _, v := range api.Visits(c.destination)[before:] {
				assert.Equal(t, c.want, v.Site)
			}
		})
	}
}

func TestOneOfManySitesCanFail(t *testing.T) {
	api := New(Settings{Sites: map[Credentials]string{{AccessToken: "token-1"}: "a", {AccessToken: "token-2"}: "b"}})
	api.ObjectTo(KnownAgents, func(v Visit) bool { return v.Site == "b" }, Step{Status: 429})
	for token, want := range map[string]int{"token-1": 200, "token-2": 429} {
		r := valid(t, KnownAgents, "", knownAgentsBody)
		r.Header.Set("Authorization", "Bearer "+token)
		assert.Equal(t, want, serve(api, r).status)
	}
}

func TestAnAnswerCanTakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, begun := New(Settings{}), time.Now()
		api.Script(KnownAgents, Step{Delay: 2 * time.Second})
		assert.Equal(t, http.StatusOK, post(t, api, KnownAgents, knownAgentsBody).status)
		assert.Equal(t, 2*time.Second, time.Since(begun))
	})
}
