// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"hash/maphash"
	"math/bits"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// The same hosts and peers come again and again. What was found out about one is
// remembered until the payload ends, and holds for the same text alone.

// knownHost is what is known of a host.
type knownHost struct {
	text    string
	name    string // the first of several; of the start of a URL, its host
	quality uri.HostQuality
	plain   int64 // 1 if the text can be sent as it is, else 0
}

// become makes it what is known of a text. Of several hosts, as in a request with a
// second Host header, servers take the first.
func (k *knownHost) become(text string) {
	name := text
	quality, isPlain := uri.Judge(name)
	if !isPlain {
		if name, _, _ = strings.Cut(text, ","); strings.Contains(name, "://") {
			name = uri.Split(name).Authority
		}
		quality, isPlain = uri.Judge(name)
	}
	if value.IsAbsent(name) {
		quality = uri.NoHost
	}
	*k = knownHost{text: text, name: name, quality: quality, plain: oneIf(isPlain && quality == uri.PublicHost)}
}

// knownHosts are the latest hosts, each in the slot of its hash. A proxy may serve many
// sites whose visits take turns.
type knownHosts struct {
	slots [64]knownHost
	used  uint64 // the slots that hold a host, as bits
}

// of returns what is known of a host. It is valid until the next call.
func (k *knownHosts) of(text string) *knownHost {
	at := ascii.HashOf(text) >> (64 - 6)
	slot := &k.slots[at]
	if slot.text != text {
		k.used |= 1 << at
		slot.become(text)
	}
	return slot
}

// forget lets go of all hosts.
func (k *knownHosts) forget() {
	for ; k.used != 0; k.used &= k.used - 1 {
		k.slots[bits.TrailingZeros64(k.used)] = knownHost{}
	}
}

// knownAddress is what is known of a list of addresses. Behind a proxy, all requests
// have the same peer.
type knownAddress struct {
	text, ip string
	public   bool
}

// become makes it what is known of a text.
func (k *knownAddress) become(text string) {
	ip, public := address.Best(text)
	*k = knownAddress{text, ip, public}
}

// knownAgents are hashes of user agents that are plain and hold no credential, as visitors
// have them again and again. It has no texts, so it holds for all payloads.
type knownAgents [1024]uint64

// hash returns the hash of a user agent, or 0 if it is not plain or may hold a credential.
// Strangers do not know the seed, so they cannot find two texts with the same hash.
func (k *knownAgents) hash(text string) uint64 {
	hash := maphash.String(seed, text) | 1
	slot := &k[hash>>1%uint64(len(k))]
	if *slot != hash {
		if !ascii.IsPlain(text) || privacy.MayHoldCredential(text) {
			return 0
		}
		*slot = hash
	}
	return hash
}
