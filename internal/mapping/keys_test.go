// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestAKeyInAnotherSpellingMeansTheSame(t *testing.T) {
	for field, spellings := range map[visit.Field]string{
		visit.Status:                         "StatusCode STATUS_CODE status-code Status.Code HttpStatusCode Response.StatusCode",
		visit.Method:                         "Method HTTP_METHOD http-method RequestMETHOD httpmethod Request.Method",
		visit.UserAgent:                      "UserAgent User-Agent http.useragent Http_User_Agent userAGENT request.headers.User_Agent",
		visit.Host:                           ":authority Authority Request.Host HttpHost",
		visit.ClientIP:                       "remoteADDR Remote-Addr Client.IP IP",
		visit.Referer:                        "http.referer Referer HTTP_REFERER request.referer",
		visit.Target:                         "Path HttpUri http-target RequestUrI",
		visit.ResponseHeader("content-type"): "ContentType contentType res._headers.content-type",
	} {
		for spelling := range strings.FieldsSeq(spellings) {
			m, _ := Find(Builtin, spelling)
			require.NotNil(t, m, spelling)
			assert.Equal(t, field, m.Field, spelling)
		}
	}
}

func TestTheExactSpellingComesFirst(t *testing.T) {
	for key, m := range New(nil) {
		found, known := Find(Builtin, key)
		require.NotNil(t, found, key)
		assert.Equal(t, m, *found, key)
		assert.Equal(t, key, known)
		if m.Field == visit.NoField {
			assert.Equal(t, m.Source == 0, m.SaysNothing())
			continue
		}
		if respelt, known := Find(Builtin, "_"+strings.ToUpper(key)); known == "" && respelt != nil && !respelt.SaysNothing() {
			assert.GreaterOrEqual(t, respelt.Precedence, fromRespeltKey, key)
			assert.Less(t, respelt.Precedence, firstPoor, key)
		}
	}
}

func TestAKeyThatMeansTwoThingsIsKnownOnlyAsItIsSpelt(t *testing.T) {
	for spelling := range strings.FieldsSeq("DURATION dura-tion REQUEST_TIME request-time TIME.TAKEN http.REQUEST HTTP.CLIENT.IP Request-Client-Ip TA ta Connect SERVICE URI_") {
		m, _ := Find(Builtin, spelling)
		if spelling == "URI_" {
			assert.Equal(t, visit.PathFallback, m.Field, "only Uri means nothing")
			continue
		}
		assert.Nil(t, m, spelling)
	}
	for spelling, field := range map[string]visit.Field{"Uri": visit.NoField, "duration": visit.BareDuration, "Duration": visit.Duration, "request_time": visit.RequestTime, "requestTime": visit.StartTime} {
		m, _ := Find(Builtin, spelling)
		assert.Equal(t, field, m.Field, spelling)
	}
}

func TestAKeyThatUsersNameIsKnownOnlyAsItIsSpelt(t *testing.T) {
	keys := NewKeys(New(map[string][]string{"user_agent": {"visitor.agent"}, "query": {"StatusCode"}}), nil)
	m, _ := Find(keys, "Visitor.Agent")
	assert.Nil(t, m)
	m, _ = Find(keys, "StatusCode")
	assert.Equal(t, visit.Query, m.Field)
	m, _ = Find(keys, "Status_Code")
	assert.Equal(t, visit.Status, m.Field)
}

func TestAProducersKeyRevealsItInEverySpellingUnlessOthersWriteItToo(t *testing.T) {
	m, _ := Find(Builtin, "ResponseFlags")
	assert.Equal(t, "Envoy access log", Sources[m.Source].name)
	m, _ = Find(Builtin, "ScWin32Status")
	assert.Zero(t, m.Source, "Azure's App Service writes IIS's names")
}

func TestKeysOfUnusedFieldsAreNotFound(t *testing.T) {
	unused := visit.SetOf(visit.Host)
	keys := NewKeys(New(nil), &unused)
	for _, key := range []string{"http.host", "Http.Host", "xHostHeader"} {
		if m, _ := Find(keys, key); m != nil {
			assert.Equal(t, visit.NoField, m.Field, key)
		}
	}
}

func TestKeysOfOneFoldAreFewerThanTheRoomForThem(t *testing.T) {
	folded := New(nil).folded()
	assert.Greater(t, len(folded), 700)
	for key := range folded {
		assert.Equal(t, ascii.Fold(key), key)
	}
}

// TestTheTypeOfAColumnIsTakenOffOnce: whoever took off all would need a stack as long as the key.
func TestTheTypeOfAColumnIsTakenOffOnce(t *testing.T) {
	once, _ := Find(Builtin, "userAgent_s")
	require.NotNil(t, once)
	assert.Equal(t, visit.UserAgent, once.Field)
	respelt, _ := Find(Builtin, "UserAgent_s")
	require.NotNil(t, respelt)
	assert.Equal(t, visit.UserAgent, respelt.Field)
	for _, key := range []string{"userAgent_s_s", "userAgent_d_s", "userAgent" + strings.Repeat("_s", 1<<20)} {
		found, _ := Find(Builtin, key)
		assert.Nil(t, found, key[:len("userAgent_s_s")])
	}
}
