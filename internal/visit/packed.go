// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package visit

import (
	"encoding/binary"
	"time"
)

// Packed is a visit in as little memory as it needs, for one that waits: numbers as
// varints, texts after their lengths. It is for the same process only. AgentHash is left out.
//
//	Start, Duration + 1, Status
//	Cut, 2 times NoForwardedFor, 4 times IsPublic
//	Method, Scheme, Host, Path, Query, Served
//	the texts that may be delivered, each after its field and whether it is plain
//	FieldCount
//	ClientIP
//	those of these texts that the hops of a request share
type Packed []byte

// deliverable are the fields whose texts may be delivered.
var deliverable = RequestFields.With(ResponseFields).With(callFields)

// callFields are those of the call of an MCP method.
var callFields = FieldsWithin(MCPMethod, RPCSystem)

// shared are the fields of what a visitor sent that all hops of its request see alike. The
// addresses are not: each hop has a peer of its own.
var shared = RequestFields.With(callFields).
	Without(FieldsWithin(ForwardedFor, Referer)).
	Without(SetOf(HostHeader, RequestHeader("connection")))

// own are the deliverable fields that are not shared.
var own = deliverable.Without(shared)

// Pack appends a visit. From known on it says what the visit knows of its visitor, with which
// Complete may complete another visit of the same request. That is nothing if it knows nothing.
func Pack(dst Packed, v *Visit) (packed Packed, known int) {
	dst = binary.AppendUvarint(dst, uint64(v.Start))
	dst = binary.AppendUvarint(dst, uint64(v.Duration+1))
	dst = binary.AppendUvarint(dst, uint64(v.Status))
	dst = append(dst, bit(v.Cut)|bit(v.NoForwardedFor)<<1|bit(v.IsPublic)<<2)
	for _, text := range v.parts() {
		dst = appendText(dst, *text)
	}
	dst = append(appendTexts(dst, v, &own), byte(FieldCount))
	known = len(dst)
	dst = appendTexts(appendText(dst, v.ClientIP), v, &shared)
	if v.ClientIP == "" && len(dst) == known+1 {
		known = len(dst)
	}
	return dst, known
}

// Unpack reads what Pack appended. The visit has memory for its texts, and none of them;
// it keeps packed's.
func (v *Visit) Unpack(packed string) {
	r := packedReader{packed}
	v.Start = int64(r.number())
	v.Duration = time.Duration(r.number()) - 1
	v.Status = int(r.number())
	flags := r.number()
	v.Cut, v.NoForwardedFor, v.IsPublic = flags&1 != 0, flags&2 != 0, flags&4 != 0
	v.AgentHash = 0
	for _, text := range v.parts() {
		*text = r.text()
	}
	for r.rest[0] != byte(FieldCount) {
		v.keep(r.field())
	}
	r.rest = r.rest[1:]
	v.ClientIP = r.text()
	for len(r.rest) > 0 {
		v.keep(r.field())
	}
}

func (v *Visit) keep(f Field, isPlain bool, text string) {
	v.Text[f] = text
	v.Present.Add(f)
	if v.Plain.Remove(f); isPlain {
		v.Plain.Add(f)
	}
}

// Complete takes over what the visit lacks of what Pack says that another one knows. isPublic
// says whether an address belongs to the internet: one that does replaces one that does not.
func (v *Visit) Complete(packed string, isPublic func(ip string) bool) {
	r := packedReader{packed}
	if ip := r.text(); ip != "" && (v.ClientIP == "" || isPublic(ip) && !isPublic(v.ClientIP)) {
		v.ClientIP, v.IsPublic = ip, isPublic(ip)
	}
	for len(r.rest) > 0 {
		if f, isPlain, text := r.field(); v.Text[f] == "" {
			v.keep(f, isPlain, text)
		}
	}
}

// parts are the texts that are no fields and not shared, in their order.
func (v *Visit) parts() [6]*string {
	return [...]*string{&v.Method, &v.Scheme, &v.Host, &v.Path, &v.Query, &v.Served}
}

func appendText(dst Packed, text string) Packed {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

// appendTexts appends the texts of some fields.
func appendTexts(dst Packed, v *Visit, of *FieldSet) Packed {
	for f := range v.Present.Shared(of) {
		if v.Text[f] == "" {
			continue
		}
		dst = appendText(append(dst, byte(f), bit(v.Plain.Has(f))), v.Text[f])
	}
	return dst
}

func bit(is bool) byte {
	if is {
		return 1
	}
	return 0
}

// packedReader reads from the front of what was packed.
type packedReader struct{ rest string }

func (r *packedReader) number() (number uint64) {
	for shift, i := 0, 0; ; shift, i = shift+7, i+1 {
		b := r.rest[i]
		number |= uint64(b&0x7f) << shift
		if b < 0x80 {
			r.rest = r.rest[i+1:]
			return number
		}
	}
}

func (r *packedReader) text() string {
	size := int(r.number())
	text := r.rest[:size]
	r.rest = r.rest[size:]
	return text
}

func (r *packedReader) field() (f Field, isPlain bool, text string) {
	f, isPlain = Field(r.rest[0]), r.rest[1] == 1
	r.rest = r.rest[2:]
	return f, isPlain, r.text()
}
