// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"cmp"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// hostOrder are the fields that may tell the host, the best first: what a proxy
// forwarded, the full URL, the Host header, then what the server says.
var hostOrder = [...]visit.Field{visit.ForwardedHost, visit.Forwarded, visit.FullURL, visit.HostHeader, visit.MachineName, visit.Host, visit.BareHost, visit.Target}

// betterHosts are the fields that come before host in hostOrder.
var betterHosts = visit.SetOf(visit.ForwardedHost, visit.Forwarded, visit.FullURL, visit.HostHeader, visit.MachineName)

// resolveHost is the host that the visitor asked for. A public host takes precedence
// over one of the server's own network. full and sent are the authorities of the full
// URL and of the target.
func (f *facts) resolveHost(full, sent string) string {
	if f.number[visit.Host] == 1 && !f.present.Meets(&betterHosts) {
		return f.text[visit.Host] // it is plain; see knownHost
	}
	local := ""
	for _, i := range &hostOrder {
		candidate := ""
		switch {
		case i == visit.FullURL:
			candidate = full
		case i == visit.Target:
			candidate = sent
		case f.number[i] == 1:
			return f.text[i]
		case f.has(i):
			candidate = f.hostIn(i)
		}
		if candidate == "" {
			continue
		}
		switch uri.QualityOf(candidate) {
		case uri.PublicHost:
			return uri.Host(candidate)
		case uri.LocalHost:
			local = cmp.Or(local, candidate)
		}
	}
	return uri.Host(local)
}

// hostIn is the host that a field names, or empty.
func (f *facts) hostIn(i visit.Field) string {
	switch i {
	case visit.ForwardedHost:
		proxied, _, _ := strings.Cut(f.text[i], ",")
		return proxied
	case visit.Forwarded:
		return address.ForwardedParameter(f.text[i], "host")
	case visit.MachineName:
		if !mapping.Sources[f.source].MachineIsHost {
			return ""
		}
	case visit.BareHost:
		return f.bareHost()
	}
	return f.text[i]
}

// bareHost is the value of the key "host", unless it names the client or the machine.
func (f *facts) bareHost() string {
	name, _ := uri.SplitHost(f.text[visit.BareHost])
	if strings.IndexByte(name, '.') < 0 && strings.IndexByte(name, ':') < 0 || name == f.text[visit.ClientIP] {
		return ""
	}
	return f.text[visit.BareHost]
}

// resolveBareHost takes a public address under the key "host" for the client's if
// there is no other, because parsers of Apache's format give the first column that
// name. A private address is probably the machine's.
func (f *facts) resolveBareHost() {
	if !f.has(visit.BareHost) || f.has(visit.ClientIP) {
		return
	}
	if ip, public := address.Best(f.text[visit.BareHost]); public && ip == f.text[visit.BareHost] {
		f.set(visit.ClientIP, 1, ip, 1)
	}
}
