// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package visit

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newVisit is a visit with memory of its own.
func newVisit() *Visit {
	v := &Visit{}
	v.Borrow(new([FieldCount]string), new(FieldSet))
	return v
}

func (v *Visit) put(f Field, text string) {
	v.Text[f] = text
	v.Present.Add(f)
}

func TestAPackedVisitIsTheSame(t *testing.T) {
	long := strings.Repeat("x", 70_000)
	for name, change := range map[string]func(*Visit){
		"the least":           func(*Visit) {},
		"an unknown duration": func(v *Visit) { v.Duration = UnknownDuration },
		"everything": func(v *Visit) {
			*v = Visit{Start: 1 << 60, Duration: time.Hour, Method: "GET", Scheme: "https", Host: "example.com", Path: "/" + long, Query: "q", Status: 599, Served: "s", ClientIP: "192.0.2.1", Cut: true, NoForwardedFor: true, IsPublic: true, AgentHash: 1, Text: v.Text, Present: v.Present}
			for f := range deliverable.Shared(&deliverable) {
				v.put(f, string(rune('a'+f%26)))
			}
			v.Plain = SetOf(UserAgent, FieldCount-1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			want, got := newVisit(), newVisit()
			change(want)
			if all := reflect.ValueOf(*want); name == "everything" {
				for i := range all.NumField() {
					require.False(t, all.Field(i).IsZero(), "%s is to be packed, too", all.Type().Field(i).Name)
				}
			}
			packed, _ := Pack(nil, want)
			got.Unpack(string(packed))
			want.AgentHash = 0 // "may be 0"
			assert.Equal(t, want, got)
		})
	}
}

func TestAVisitIsCompletedByWhatItLacksAlone(t *testing.T) {
	isPublic := func(ip string) bool { return ip == "198.51.100.1" }
	inner := newVisit()
	inner.Status, inner.Host, inner.Path = 404, "inner", "/inner"
	inner.ClientIP = "198.51.100.1"
	inner.put(UserAgent, "inner agent")
	inner.put(Referer, "inner referer")
	inner.put(HostHeader, "inner")
	inner.put(ForwardedFor, "203.0.113.9")
	inner.put(FirstResponseHeader, "inner")
	packed, known := Pack(nil, inner)

	v := newVisit()
	v.Status, v.Host, v.ClientIP = 200, "outer", "10.0.0.1"
	v.put(UserAgent, "outer agent")
	v.Complete(string(packed[known:]), isPublic)
	want := newVisit()
	want.Status, want.Host, want.ClientIP, want.IsPublic = 200, "outer", "198.51.100.1", true
	want.put(UserAgent, "outer agent")
	want.put(Referer, "inner referer")
	assert.Equal(t, want, v)

	packed, known = Pack(nil, newVisit())
	assert.Empty(t, packed[known:], "it knows nothing")
}
