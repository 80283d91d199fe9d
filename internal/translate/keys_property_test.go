// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// member is a key of a record with its value as JSON.
type member struct{ key, value string }

// requestMembers describe one request under keys of several words.
var requestMembers = []member{
	{"http_method", `"GET"`},
	{"request_path", `"/a"`},
	{"query_string", `"b=c"`},
	{"status_code", `200`},
	{"http_user_agent", `"x"`},
	{"http_referer", `"https://r.example/"`},
	{"client_ip", `"203.0.113.9"`},
	{"server_name", `"www.example.com"`},
	{"duration_ms", `38`},
	{"content_type", `"text/html"`},
	{"time_iso8601", `"2026-05-04T09:15:02.158Z"`},
}

// foreignMembers are keys that mean nothing to a visit, though they look as if.
var foreignMembers = []member{
	{"pathname", `"/other"`},
	{"methods", `"POST"`},
	{"status_text", `"Not Found"`},
	{"agent_id", `7`},
	{"url_hash", `"x"`},
	{"file", `{"path":"/var/log/x","method":"read"}`},
	{"db", `{"query":"SELECT 1","status":500,"method":"POST"}`},
	{"payment_method", `"POST"`},
	{"process", `{"name":"web","args":{"path":"/x"}}`},
	{"tags", `["GET","/x",404]`},
	{"upstream", `{"request":{"method":"POST","path":"/y"},"status":502}`},
	{"request_id", `"8f1c"`},
	{"nothing", `null`},
}

func shuffled(random *rand.Rand, members []member) []member {
	members = append([]member(nil), members...)
	random.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return members
}

// asJSON writes an object of the members, each key as spell returns it.
func asJSON(members []member, spell func(string) string) string {
	parts := make([]string, len(members))
	for i, m := range members {
		parts[i] = fmt.Sprintf("%q:%s", spell(m.key), m.value)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func asKnown(key string) string { return key }

// respell returns a function that writes the words of a key in another case and with
// other separators.
func respell(random *rand.Rand) func(string) string {
	return func(key string) string {
		words := strings.Split(key, "_")
		for i, word := range words {
			switch random.IntN(3) {
			case 0:
				words[i] = strings.ToUpper(word[:1]) + word[1:]
			case 1:
				words[i] = strings.ToUpper(word)
			}
		}
		return strings.Join(words, [...]string{"", "_", "-", "."}[random.IntN(4)])
	}
}

// wrap puts an object into one to three maps, some as dotted keys.
func wrap(random *rand.Rand, object string) string {
	names := [...]string{"payload", "meta", "Event", "data", "protoPayload", "jsonPayload", "x", "http_in", "Ünïcode", "a b", "a.b", "fields"}
	for range 1 + random.IntN(3) {
		object = fmt.Sprintf(`{%q:%s}`, names[random.IntN(len(names))], object)
	}
	return object
}

func requireVisit(t *testing.T, tr *translate.Translator, text, want string) {
	t.Helper()
	v, skip := tr.LogRecord(fixture.LineRecord(text))
	require.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip], text)
	require.Equal(t, want, fmt.Sprintf("%+v", translation.Observe(v)), text)
}

func TestSpellingWrappersOrderAndNeighboursChangeNoVisit(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	tr := translation.New(translate.Config{})
	v, skip := tr.LogRecord(fixture.LineRecord(asJSON(requestMembers, asKnown)))
	require.Equal(t, visit.NotSkipped, skip)
	want := fmt.Sprintf("%+v", translation.Observe(v))
	for range 2000 {
		neighbours := shuffled(random, foreignMembers)[:random.IntN(len(foreignMembers))]
		members := shuffled(random, append(neighbours, requestMembers...))
		requireVisit(t, tr, asJSON(members, asKnown), want)
		requireVisit(t, tr, asJSON(shuffled(random, requestMembers), respell(random)), want)
		requireVisit(t, tr, wrap(random, asJSON(members, asKnown)), want)
		requireVisit(t, tr, wrap(random, asJSON(shuffled(random, requestMembers), respell(random))), want)
	}
}

// TestNoPartOfARequestIsOne: a record that lacks the method, the path or the status is
// no visit, whatever stands beside it and around it.
func TestNoPartOfARequestIsOne(t *testing.T) {
	random := rand.New(rand.NewPCG(15, 17))
	tr := translation.New(translate.Config{})
	for range 2000 {
		lacks := [...]string{"http_method", "request_path", "status_code"}[random.IntN(3)]
		members := shuffled(random, foreignMembers)
		for _, m := range shuffled(random, requestMembers) {
			if m.key != lacks {
				members = append(members, m)
			}
		}
		text := asJSON(shuffled(random, members), asKnown)
		if random.IntN(2) == 0 {
			text = wrap(random, text)
		}
		_, skip := tr.LogRecord(fixture.LineRecord(text))
		require.Equal(t, visit.SkipReasons[visit.SkipNotAccessLog], visit.SkipReasons[skip], text)
	}
}
