// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

func TestAWebPageIsKnownByItsText(t *testing.T) {
	for name, test := range map[string]struct {
		contentType, text string
		want              bool
	}{
		"HTML":                              {"text/html; charset=utf-8", "<!DOCTYPE html><title>Sign in</title>", true},
		"HTML that begins with a comment":   {"text/html", "<!-- portal --><html>", true},
		"HTML that begins with any element": {"text/html", "\n  <script>location='/login'</script>", true},
		"XHTML":                             {"application/xhtml+xml", `<?xml version="1.0"?><html/>`, true},
		"HTML by no type":                   {"", "<!doctype HTML>", true},
		"HTML by a wrong type":              {"application/json", "<HTML lang=en>", true},
		"HTML after a byte order mark and blanks":  {"text/plain", "\ufeff\r\n\t <html>", true},
		"a type that cannot be read":               {"text/html; charset", "<html>", true},
		"nothing, of the type that frameworks set": {"text/html", "", false},
		"a word, of the type that frameworks set":  {"text/html; charset=utf-8", "OK", false},
		"JSON, of the type that frameworks set":    {"text/html", `{"accepted":3}`, false},
		"JSON":                                     {"application/json", `{"note":"<html>"}`, false},
		"XML that is no HTML":                      {"application/xml", "<ok/>", false},
		"a text that speaks of HTML":               {"text/plain", "use <html>", false},
		"nothing":                                  {"", "", false},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, isWebPage(test.contentType, []byte(test.text))) })
	}
}

func TestAnErrorInAnAnswerOfSuccessIsSeen(t *testing.T) {
	for text, want := range map[string]bool{
		`{"error":"unknown site"}`:          true,
		`{"errors":[{"index":3}]}`:          true,
		`{"errors":{"0":"bad"}}`:            true,
		`{"accepted":9,"rejected":1}`:       true,
		`{"failed":2}`:                      true,
		`{"error":true}`:                    true,
		`{"success":false}`:                 true,
		`{"ok":false}`:                      true,
		`{"status":"error"}`:                true,
		`{"status":"failed"}`:               true,
		"\n {\"ok\":false} \n":              true,
		`{"error":null,"errors":[]}`:        false,
		`{"error":"","errors":{}}`:          false,
		`{"rejected":0,"failed":0}`:         false,
		`{"error":false}`:                   false,
		`{"success":true,"ok":true}`:        false,
		`{"status":"ok"}`:                   false,
		`{"status":"queued","accepted":12}`: false,
		`{"data":{"error":"of a visit"}}`:   false,
		`[{"error":"of a visit"}]`:          false,
		`"error"`:                           false,
		`{"error":"cut`:                     false,
		`error`:                             false,
		``:                                  false,
		`null`:                              false,
	} {
		t.Run(text, func(t *testing.T) { assert.Equal(t, want, namesError([]byte(text))) })
	}
}

func TestAnErrorInAnAnswerOfSuccessIsSaidOnceAndTheVisitsAreDelivered(t *testing.T) {
	d := newTestDelivery(t)
	d.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 200, Body: `{"error":"SECRET /0"}`, Times: fakeapi.Forever})
	for range 3 {
		require.NoError(t, d.Push(t.Context(), newBatch(2)))
	}
	assert.Len(t, d.arrived(), 6)
	told := d.logs.FilterMessageSnippet("its answer names an error").All()
	require.Len(t, told, 1)
	assert.NotContains(t, told[0].ContextMap(), "SECRET")
}

func FuzzAnswersText(f *testing.F) {
	f.Add("text/html", "<!doctype html>")
	f.Add("", `{"error":[{}]}`)
	f.Add("text/html; charset=\"", "\ufeff<html")
	f.Fuzz(func(t *testing.T, contentType, text string) {
		isPage, isError := isWebPage(contentType, []byte(text)), namesError([]byte(text))
		if isPage && isError {
			t.Errorf("%q is both a web page and JSON", text)
		}
		if isPage && !strings.Contains(text, "<") {
			t.Errorf("%q is no web page", text)
		}
		if names := (&client{destination: destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil)}).fieldsIn(http.StatusBadRequest, []byte(text)); utf8.ValidString(text) {
			for _, name := range names {
				assert.Contains(t, text, name)
			}
		}
	})
}
