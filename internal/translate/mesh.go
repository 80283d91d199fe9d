// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"cmp"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// meshSign is the number of a sign that Envoy sent a request on to a host of its mesh.
const meshSign = 2

// callSign is the number of a sign that counts only if nothing tells who sent the request.
const callSign = 3

// isCallSign says whether the text under a key says that a service made the request. An address
// under such a key is a visitor's.
func isCallSign(sign mapping.CallSign, text string) bool {
	switch sign {
	case mapping.CallingPart:
		return mapping.IsCallingPart(text)
	case mapping.RemoteSpace:
		return text == "remote"
	}
	isName := !ascii.IsDigits(text) && strings.IndexByte(text, ' ') < 0 // neither a number of bytes nor a user agent
	return isName && !value.IsAbsent(text) && text != "false" && address.Parse(text) == ""
}

// storeOutgoing stores a sign that a service made the request.
func (f *facts) storeOutgoing(m *mapping.Mapping, p mapping.Precedence, v value.Value) {
	switch {
	case m.Mesh != mapping.NoMeshAddress:
		f.mesh[m.Mesh] = v.Text
	case m.IsWeak:
		f.storeCluster(p.Poor(), v.Text)
	case m.Call == mapping.IncomingFlag:
		f.offer(visit.Outgoing, p, v.Text, 0, v.Text == "false")
	case m.Call == mapping.SpanKind && isKindOfCall(v):
		f.offer(visit.Outgoing, p, "", 0, true)
	case m.Call != mapping.NoCallSign && m.Call != mapping.SpanKind:
		f.offer(visit.Outgoing, p.Poor(), v.Text, callSign, isCallSign(m.Call, v.Text))
	default:
		f.offer(visit.Outgoing, p, v.Text, 0, mapping.IsOutgoing(v.Text) || mapping.IsOtherKind(v.Text) || mapping.IsOfErrors(v.Text))
		f.offer(visit.Outgoing, p.Poor(), v.Text, callSign, mapping.IsCallingPart(v.Text))
	}
}

// isKindOfCall says whether a number is the kind of a span that called another service.
func isKindOfCall(v value.Value) bool {
	n, ok := v.AsNumber()
	return ok && mapping.IsKindOfCall(n.Float())
}

// storeCluster stores to whom Envoy sent a request on.
func (f *facts) storeCluster(p mapping.Precedence, name string) {
	isBeside := mapping.IsBesideMesh(name)
	sign := int64(weakSign)
	switch {
	case isBeside:
		sign = 0
	case !mapping.IsOutOfMesh(name):
		sign = meshSign
	}
	f.offer(visit.Outgoing, p, name, sign, isBeside || mapping.IsOutbound(name))
}

// isOutgoing says whether a sign that a service made the request counts.
func (f *facts) isOutgoing() bool {
	switch f.number[visit.Outgoing] {
	case weakSign:
		return f.leavesMesh() || f.isOwnCall()
	case meshSign:
		return f.isOwnCall()
	case callSign:
		return !f.knowsVisitor()
	}
	return true
}

// isOwnCall says whether Envoy sent a request on from the address from which it came, which
// is that of its own pod: then a service there made it. A gateway that gets the requests
// of others from its own address, such as that of the machine, receives them there, too.
func (f *facts) isOwnCall() bool {
	sentFrom, _ := address.Best(f.mesh[mapping.SentFrom])
	receivedAt, _ := address.Best(f.mesh[mapping.ReceivedAt])
	sentBy, _ := address.Best(cmp.Or(f.mesh[mapping.SentBy], f.text[visit.PeerIP]))
	return sentFrom != "" && sentFrom == sentBy && receivedAt != "" && receivedAt != sentFrom
}

// leavesMesh says whether a service asked for a host outside of its mesh. If an address
// came with the request, or if a public one sent it, a gateway passed it on.
func (f *facts) leavesMesh() bool {
	return !f.present.Meets(&allAddressHeaders) && f.number[visit.ClientIP] == 0 && f.number[visit.PeerIP] == 0
}
