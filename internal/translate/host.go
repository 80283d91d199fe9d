// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// The fields that may tell the host, the best first. The server's own are the Host
// header by which it routed the request, its own name, then the URL that it recorded,
// for which some producers read a target that begins with two slashes. A target in
// absolute form comes last: it is the visitor's, as all that is forwarded may be.
var (
	ownHosts       = []visit.Field{visit.HostHeader, visit.MachineName, visit.Host, visit.FullURL, visit.BareHost}
	forwardedHosts = []visit.Field{visit.ForwardedHost, visit.Forwarded}

	hostOrders = [...][]visit.Field{
		ifNothingElse: slices.Concat(ownHosts, forwardedHosts, []visit.Field{visit.Target}),
		believed:      slices.Concat(forwardedHosts, ownHosts, []visit.Field{visit.Target}),
		ignored:       slices.Concat(ownHosts, []visit.Field{visit.Target}),
	}
)

// betterHosts are the fields that can come before host in hostOrders.
var betterHosts = [...]visit.FieldSet{
	ifNothingElse: visit.SetOf(visit.HostHeader, visit.MachineName),
	believed:      visit.SetOf(visit.HostHeader, visit.MachineName, visit.ForwardedHost, visit.Forwarded),
	ignored:       visit.SetOf(visit.HostHeader, visit.MachineName),
}

// hostFields are the fields in which a host can be, besides a request line.
var hostFields = visit.SetOf(slices.Concat(ownHosts, forwardedHosts, []visit.Field{visit.Target})...)

// resolveHost is the host that the visitor asked for, and the one by which the server
// served; see visit.Visit.Served. A public host takes precedence over one of the server's
// own network. It also notes whether the server's host is public.
func (f *facts) resolveHost(t *targets) (host, served string) {
	f.isPublic = true
	if f.number[visit.Host] == 1 && !f.present.Meets(&betterHosts[f.forwarded]) {
		return f.text[visit.Host], f.text[visit.Host] // it is plain; see knownHost
	}
	if t.sent.Authority == "" && t.full.Authority == "" && !f.present.Meets(&hostFields) {
		f.isPublic = false
		return "", ""
	}
	var own, claimed hostChoice
	for _, i := range hostOrders[f.forwarded] {
		to := &own
		if f.isClaim(i) {
			to = &claimed
		}
		switch {
		case i == visit.FullURL:
			to.show(t.host())
		case i == visit.Target:
			to.show(t.sent.Authority)
		case f.number[i] == 1:
			return f.text[i], f.text[i]
		case f.has(i):
			f.showHosts(i, to)
		}
		if own.public != "" {
			host = uri.Host(own.public)
			return host, host
		}
	}
	f.isPublic = false
	return uri.Host(cmp.Or(claimed.public, own.local, claimed.local)), uri.Host(own.local)
}

// isClaim reports whether anybody can write a field's host, which nobody trusted
// confirms.
func (f *facts) isClaim(i visit.Field) bool {
	if i == visit.Target {
		return !mapping.Sources[f.source].WritesTarget
	}
	return f.forwarded != believed && (i == visit.ForwardedHost || i == visit.Forwarded)
}

// hostChoice is the first public one of the hosts that it is shown, and the first one
// of the server's own network.
type hostChoice struct {
	public, local string
}

func (c *hostChoice) show(host string) {
	if host == "" {
		return
	}
	switch uri.QualityOf(host) {
	case uri.PublicHost:
		c.public = cmp.Or(c.public, host)
	case uri.LocalHost:
		c.local = cmp.Or(c.local, host)
	}
}

// showHosts shows the hosts that a field names. Of several forwarded ones the last
// public one counts: the nearest proxy wrote it, and what stands before it may be the
// visitor's.
func (f *facts) showHosts(i visit.Field, best *hostChoice) {
	switch i {
	case visit.ForwardedHost:
		for list := f.text[i]; list != ""; {
			comma := strings.LastIndexByte(list, ',')
			best.show(strings.TrimSpace(list[comma+1:]))
			list = list[:max(comma, 0)]
		}
	case visit.Forwarded:
		var last hostChoice
		for element, rest := "", f.text[i]; rest != ""; {
			element, rest = address.CutForwarded(rest)
			var next hostChoice
			next.show(address.ForwardedParameter(element, "host"))
			last.public, last.local = cmp.Or(next.public, last.public), cmp.Or(next.local, last.local)
		}
		best.show(last.public)
		best.show(last.local)
	case visit.MachineName:
		if mapping.Sources[f.source].MachineIsHost {
			best.show(f.text[i])
		}
	case visit.BareHost:
		best.show(f.bareHost())
	default:
		best.show(f.text[i])
	}
}

// nameHost puts the host into the header of that name, whether that was captured or not.
// A host needs no escapes in JSON.
func (f *facts) nameHost(v *visit.Visit) {
	if v.Host != "" {
		f.set(visit.HostHeader, mapping.FromLine, v.Host, 1)
		v.Plain.Add(visit.HostHeader)
	}
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
// name. A private address is probably the machine's, unless the producer writes clients
// there.
func (f *facts) resolveBareHost() {
	if !f.has(visit.BareHost) || f.has(visit.ClientIP) {
		return
	}
	if mapping.Sources[f.source].HostIsClient {
		f.moveForwardedFor()
		return
	}
	if ip, public := address.Best(f.text[visit.BareHost]); public && ip == f.text[visit.BareHost] {
		f.set(visit.ClientIP, 1, ip, 1)
	}
}

// moveForwardedFor takes what stands under the key "host" for X-Forwarded-For, or, if it
// is one address, for the client's.
func (f *facts) moveForwardedFor() {
	text := f.text[visit.BareHost]
	ip, public := address.Best(text)
	if ip == "" {
		return
	}
	if last := &f.lastBareHost; last.name == text && last.text != text && !f.has(visit.ForwardedFor) { // name is the first of the list
		f.set(visit.ForwardedFor, mapping.FromBuiltinKey, last.text, 0)
		return
	}
	f.set(visit.ClientIP, mapping.FromBuiltinKey, ip, oneIf(public))
}
