// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheLoggerOfAServersErrorsIsTold(t *testing.T) {
	for name := range strings.FieldsSeq(`http.log.error http.log.error.log0 nginx.error error`) {
		assert.True(t, IsOfErrors(name), name)
	}
	for name := range strings.FieldsSeq(`http.log.access http.log.access.log0 errors.api shop.ErrorPages terror http.errorhandler`) {
		assert.False(t, IsOfErrors(name), name)
	}
	assert.False(t, IsOfErrors(""))
}

func TestMessagesOfClientsWithArrowsAreTold(t *testing.T) {
	for _, message := range []string{
		"[BillingApi#order] ---> GET http://billing.example.com/a HTTP/1.1", "[BillingApi#order(String,int)] <--- HTTP/1.1 200 OK (12ms)",
		"---> END HTTP (0-byte body)", "<--- HTTP/1.1 200 OK (12ms)", "--> POST http://billing.example.com/a http/1.1",
		"<-- 200 OK http://billing.example.com/a (12ms)", "<-- HTTP FAILED: timeout",
	} {
		assert.True(t, IsOfClientLog(message), message)
		assert.True(t, IsOfSending(message), message)
	}
	for _, message := range []string{
		"", "--> GET /a 200 3ms", "<-- GET /a", "[shop] ---> GET /a", "[#1 x] ---> GET /a", "[shop#1] GET /a 200", "GET /a --->", "<--", "-->", "<-- ",
		"--> GET /a?to=http://www.example.com/ 200 3ms",
	} {
		assert.False(t, IsOfClientLog(message), message)
	}
}
