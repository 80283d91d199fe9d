// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAMessageOfAServerSaysWhatItIsAbout(t *testing.T) {
	for _, message := range []string{
		"", "request completed", "RequestFinished", "http_request", "handled", "API call received", "200: OK", "/a", "[200] GET /a", "GET /a", "OK", "done",
		"access", "Access log", "Completed #show", "Completed 200 OK in 12ms", "Not Found", "Internal Server Error", "shop: anything", "www.example.com 203.0.113.9",
		"method=GET path=/a", "shop-1 | GET /a", "\u8bf7\u6c42", "served",
	} {
		assert.True(t, IsOfServer(message), message)
	}
	for _, message := range []string{
		"publishing order", "token refreshed", "refreshed access token", "s3 GetObject", "upload finished", "sync done", "email_sent", "Payment charged.",
		"user 7 logged in", "want", "PANIC", "done with " + strings.Repeat("a", 1<<20) + " request", "order", "accessed",
	} {
		assert.False(t, IsOfServer(message), message[:min(len(message), 40)])
	}
}
