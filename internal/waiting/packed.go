// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package waiting

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/hops"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// A visit that waits is packed, behind the number of its payload, when that arrived in
// Unix milliseconds, and what the visit gives notice of. It is encoded for its destination
// when it goes on, because an inner hop may complete it until then. On the disk it is
// encoded at once.
const (
	arrivalAt = 8
	noticesAt = 16
	isBareAt  = 17 // 1: visits::who excludes the visit unless it is completed
	visitAt   = 18
)

// pack packs the visit that Span returned last.
func (p *Payload) pack(v *visit.Visit, notices translate.Notices) {
	packed := binary.LittleEndian.AppendUint64(p.packed[:0], p.held.payload)
	packed = binary.LittleEndian.AppendUint64(packed, uint64(p.translator.Arrival()/int64(time.Millisecond)))
	isBare := byte(0)
	if p.translator.IsBare() {
		isBare = 1
	}
	p.packed, p.known = visit.Pack(append(packed, byte(notices), isBare), v)
}

// Released is a visit that has waited. It is completed by what its inner hops know.
type Released struct {
	Visit   *visit.Visit // until the next one is released
	Since   int64        // when it came, in Unix milliseconds
	Notices translate.Notices
	// WasBare says that visits::who excluded it when it came, so that it must be asked again.
	WasBare bool
}

// unpacked is memory for one visit.
type unpacked struct {
	visit   visit.Visit
	text    [visit.FieldCount]string
	present visit.FieldSet
}

func (u *unpacked) unpack(r hops.Released) Released {
	u.forget()
	u.visit.Borrow(&u.text, &u.present)
	u.visit.Unpack(r.Visit[visitAt:])
	if r.Inner != "" {
		u.visit.Complete(r.Inner, isPublic)
	}
	return Released{
		Visit: &u.visit, Since: int64(numberAt(r.Visit, arrivalAt)),
		Notices: translate.Notices(r.Visit[noticesAt]), WasBare: r.Visit[isBareAt] == 1,
	}
}

// numberAt reads eight bytes.
func numberAt(packed string, at int) uint64 {
	return binary.LittleEndian.Uint64([]byte(packed[at : at+8]))
}

// forget lets go of the visit's texts.
func (u *unpacked) forget() {
	for f := range u.present.Shared(&u.present) {
		u.text[f] = ""
	}
	u.visit, u.present = visit.Visit{}, visit.FieldSet{}
}

// isPublic says whether an address belongs to the internet.
func isPublic(ip string) bool {
	parsed, err := netip.ParseAddr(ip)
	return err == nil && address.IsPublic(parsed)
}
