// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"net/netip"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// hideAddresses truncates the visitor's address, or leaves it out, in every field
// and header that may hold it.
func (r *Rules) hideAddresses(v *visit.Visit) {
	v.ClientIP, v.IsPublic = r.address(v.ClientIP), false
	text := v.Text
	for i := visit.ForwardedFor; i <= visit.ViewerAddress; i++ {
		switch {
		case text[i] == "":
		case i == visit.Forwarded:
			text[i] = r.forwarded(text[i])
		default:
			text[i] = r.addressList(i, text[i])
		}
	}
	for i := range v.Present.Shared(&freeHeaders) {
		text[i] = r.freeText(i, text[i])
	}
	text[visit.Via] = "" // names the proxies on the way, in a form of its own
}

// freeHeaders have no form that the exporter knows, so they may hold an address
// anywhere: From, and the headers that users add.
var freeHeaders = visit.FieldsWithin(visit.FirstAddedRequest, visit.FieldCount).With(visit.SetOf(visit.RequestHeader("from")))

// freeText returns what may leave of a header whose form is not known. A list of
// addresses is treated as one. Another text leaves whole, or not at all if it
// holds an address.
func (r *Rules) freeText(i visit.Field, text string) string {
	if ip, _ := address.Best(text); ip != "" {
		return r.addressList(i, text)
	}
	if holdsAddress(text) {
		return ""
	}
	return text
}

// addressList returns what may leave of a list of addresses. It leaves out what
// cannot be read as an address.
func (r *Rules) addressList(i visit.Field, list string) string {
	var left []string
	for element := range strings.SplitSeq(list, ",") {
		if network := r.address(WithoutPort(i, strings.TrimSpace(element))); network != "" {
			left = append(left, network)
		}
	}
	return strings.Join(left, ", ")
}

// WithoutPort cuts off the port that CloudFront always adds, even to an IPv6
// address without brackets. In other headers address.Parse recognises a port.
func WithoutPort(i visit.Field, s string) string {
	if i == visit.ViewerAddress {
		return address.CutPort(s)
	}
	return s
}

// forwarded returns what may leave of a Forwarded header (RFC 7239): for= and
// proto= of each element.
func (r *Rules) forwarded(header string) string {
	if r.clientIP == omitAddresses {
		return ""
	}
	var left []string
	for element := range strings.SplitSeq(header, ",") {
		network := r.address(address.ForwardedParameter(element, "for"))
		if network == "" {
			continue
		}
		if strings.IndexByte(network, ':') >= 0 {
			network = `"[` + network + `]"`
		}
		if proto := uri.SchemeOf(address.ForwardedParameter(element, "proto")); proto != "" {
			network += ";proto=" + proto
		}
		left = append(left, "for="+network)
	}
	return strings.Join(left, ", ")
}

// address returns what may leave of an address: its network, or nothing. Nothing
// leaves of any other text, because it may be an address in an unknown form.
func (r *Rules) address(s string) string {
	if r.clientIP == omitAddresses {
		return ""
	}
	ip, err := netip.ParseAddr(address.Parse(s))
	if err != nil {
		return ""
	}
	bits := 48
	switch {
	case ip.Is4():
		bits = 24
	case sixToFour.Contains(ip):
		bits = 16 + 24
	}
	network, _ := ip.Prefix(bits)
	return network.Addr().String()
}

// sixToFour is the network whose addresses have an IPv4 address after their first
// 16 bits (RFC 3056).
var sixToFour = netip.MustParsePrefix("2002::/16")
