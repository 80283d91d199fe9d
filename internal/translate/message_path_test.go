// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// TestAMessageThatIsAPathIsWhatWasAskedFor: authentik logs so. Any other message says
// nothing of the path.
func TestAMessageThatIsAPathIsWhatWasAskedFor(t *testing.T) {
	for line, target := range map[string]string{
		`{"event":"/a?b=c","method":"GET","status":200,"remote":"203.0.113.9:4711","user_agent":"x"}`: "/a?b=c",
		`{"msg":"/a","method":"GET","status":200,"ip":"203.0.113.9"}`:                                 "/a?",
		`{"msg":"/","method":"GET","status":404,"user_agent":"x"}`:                                    "/?",
		`{"msg":"/a","path":"/b","method":"GET","status":200,"ip":"203.0.113.9"}`:                     "/b?",
		`{"msg":"/a","url":"https://h.example/b?c","method":"GET","status":200,"ip":"203.0.113.9"}`:   "/b?c",
		`{"msg":"/a b","method":"GET","status":200,"ip":"203.0.113.9"}`:                               "",
		`{"msg":"a","method":"GET","status":200,"ip":"203.0.113.9"}`:                                  "",
		`{"msg":"/a","method":"GET","status":200}`:                                                    "", // nobody asked
		`{"msg":"/a","method":"GET","ip":"203.0.113.9"}`:                                              "", // no answer
		`{"msg":"/a","status":200,"ip":"203.0.113.9"}`:                                                "",
		`{"msg":"/a","method":"read","status":200,"ip":"203.0.113.9"}`:                                "",
		`{"msg":"/a","method":"GET","status":200,"ip":"203.0.113.9","logger":"http.client"}`:          "",
	} {
		tr := translation.Logs(translate.Config{}, fixture.Arrival, fixture.NewLines(fixture.Arrival, []byte(line)))
		if target == "" {
			assert.Empty(t, tr.Visits, line)
			continue
		}
		require.Len(t, tr.Visits, 1, line)
		got := tr.Visits[0].Path + "?" + tr.Visits[0].Query
		assert.Equal(t, target, got, line)
	}
	record := requestRecord(t, map[string]any{"user_agent": "x"})
	record.Attributes().Remove("request_uri")
	record.Body().SetStr("/a?b=c")
	v, skip := translation.New(translate.Config{}).LogRecord(record)
	require.Equal(t, visit.NotSkipped, skip)
	assert.Equal(t, "/a", v.Path)
	assert.Equal(t, "b=c", v.Query)
}

// TestAMessageOfACallCountsBesideAPath: a body that is a path must not hide the message.
func TestAMessageOfACallCountsBesideAPath(t *testing.T) {
	for _, body := range []string{"/a?b=c", "GET /a?b=c HTTP/1.1", "a"} {
		for key, says := range map[string]string{"message": "outgoing request", "msg": "calling the shop", "event": "http client", "event.name": "outgoing_request", "logger": "shop.HttpClient"} {
			record := requestRecord(t, map[string]any{"user_agent": "x", key: says})
			record.Body().SetStr(body)
			_, skip := translation.New(translate.Config{}).LogRecord(record)
			assert.Equal(t, visit.SkipNotAccessLog, skip, "%s=%s beside %s", key, says, body)
		}
		record := requestRecord(t, map[string]any{"user_agent": "x", "message": "request completed"})
		record.Body().SetStr(body)
		_, skip := translation.New(translate.Config{}).LogRecord(record)
		assert.Equal(t, visit.NotSkipped, skip, body)
	}
}
