// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "strings"

// hostOrder are the fields that may tell the host, the best first: what a proxy
// forwarded, the full URL, the Host header, then those of attributeKeys.
var hostOrder = [...]field{forwardedHost, forwarded, fullURL, hostHeader, machineName, host, bareHost, target}

// betterHosts are the fields that come before host in hostOrder.
var betterHosts = setOf(forwardedHost, forwarded, fullURL, hostHeader, machineName)

// resolveHost is the host that the visitor asked for. A public host comes before one
// of the server's own network.
func (f *facts) resolveHost(full, sent string) string {
	if f.number[host] == 1 && full == "" && !f.present.meets(&betterHosts) {
		return f.text[host] // a plain host, as was seen before
	}
	local := ""
	for _, i := range &hostOrder {
		candidate := ""
		switch {
		case i == fullURL:
			candidate = full
		case i == target:
			candidate = sent
		case f.number[i] == 1:
			return f.text[i]
		case f.has(i):
			candidate = f.hostIn(i)
		}
		if candidate == "" {
			continue
		}
		switch qualityOfHost(candidate) {
		case publicHost:
			return hostOf(candidate)
		case localHost:
			local = firstOf(local, candidate)
		}
	}
	return hostOf(local)
}

// hostIn is the host that a field names, or empty.
func (f *facts) hostIn(i field) string {
	switch i {
	case forwardedHost:
		proxied, _, _ := strings.Cut(f.text[i], ",")
		return proxied
	case forwarded:
		return forwardedParameter(f.text[i], "host")
	case machineName:
		if !sources[f.source].machineIsHost {
			return ""
		}
	case bareHost:
		return f.bareHost()
	}
	return f.text[i]
}

// bareHost is the value under the key "host", unless that names the client or the
// machine.
func (f *facts) bareHost() string {
	name, _ := splitHost(f.text[bareHost])
	if strings.IndexByte(name, '.') < 0 && strings.IndexByte(name, ':') < 0 || name == f.text[clientIP] {
		return ""
	}
	return f.text[bareHost]
}

// resolveBareHost makes a public address under the key "host" the client's if there is
// no other: parsers of Apache's format give the first column that name. A private
// address is rather the machine's.
func (f *facts) resolveBareHost() {
	if !f.has(bareHost) || f.has(clientIP) {
		return
	}
	if ip, public := bestAddress(f.text[bareHost]); public && ip == f.text[bareHost] {
		f.set(clientIP, 1, ip, 1)
	}
}
