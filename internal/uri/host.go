// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package uri

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// HostQuality says how likely a text is the host that the visitor asked for.
type HostQuality uint8

// The qualities, best first.
const (
	PublicHost HostQuality = iota
	LocalHost              // an address or a name of the server's own network, such as where it listens or what a proxy calls it
	NoHost                 // cannot be a host: nginx's "_", a pattern, a path
)

// QualityOf judges a host, with or without a port.
func QualityOf(s string) HostQuality {
	quality, _ := Judge(s)
	return quality
}

// Judge is QualityOf and IsPlainHost.
func Judge(s string) (quality HostQuality, isPlain bool) {
	isPlain = IsPlainHost(s)
	return qualityOf(s, isPlain), isPlain
}

func qualityOf(s string, isPlain bool) HostQuality {
	name, port := s, ""
	if !isPlain {
		if name, port = SplitHost(s); name == "" || !isHostName(name) || port != "" && !ascii.IsDigits(port) { // as in user:password@host
			return NoHost
		}
	}
	if ip, err := parseHostAddress(name); err == nil {
		if address.IsPublic(ip) {
			return PublicHost
		}
		return LocalHost
	}
	if isLocalName(name) {
		return LocalHost
	}
	return PublicHost
}

// localDomains are the top-level domains that exist in private networks alone:
// reserved (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal), in wide use (RFC 6762,
// appendix G), or those of containers.
var localDomains = ascii.NewWordFilter(ascii.WordSet("localhost localdomain local internal intranet private corp home lan arpa svc"))

// isLocalName reports whether a name is one that the internet does not know: a single
// word, or a name in one of localDomains.
func isLocalName(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return true
	}
	top := name[dot+1:]
	var lower [len("localdomain")]byte
	return len(top) <= len(lower) && localDomains.Has(ascii.AppendLower(lower[:0], top))
}

// errNoAddress spares netip's error, which costs memory.
var errNoAddress = errors.New("no address")

// IsPublicName reports whether a normalised host has a name that the internet can know.
// An address is no name.
func IsPublicName(host string) bool { return isName(host, PublicHost) }

// IsNetworkName reports whether a normalised host has a name that only a network of its
// own knows, such as that of a service in a cluster. localhost is a machine's.
func IsNetworkName(host string) bool { return isName(host, LocalHost) && SiteName(host) != "localhost" }

func isName(host string, quality HostQuality) bool {
	if host == "" || QualityOf(host) != quality {
		return false
	}
	_, err := parseHostAddress(SiteName(host))
	return err != nil
}

// parseHostAddress reads the address in place of a host's name.
func parseHostAddress(name string) (netip.Addr, error) {
	if name[0] > '9' && strings.IndexByte(name, ':') < 0 {
		return netip.Addr{}, errNoAddress
	}
	return netip.ParseAddr(name)
}

// IsPlainHost recognises the form that nearly all hosts have: a name in lower case
// without a port. It never accepts what isHostName rejects.
func IsPlainHost(s string) bool {
	label, letters := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			letters++
			label++
		case c >= '0' && c <= '9', c == '-':
			label++
		case c != '.' || label == 0 || label > 63:
			return false
		default:
			label, letters = 0, 0
		}
	}
	return letters > 0 && label <= 63 && len(s) <= 253 && s != "localhost"
}

// SplitHost cuts a host into its name, without brackets and final dot, and its port.
// A name with letters outside of ASCII is returned in punycode. Both are empty if s is
// too long for a host.
func SplitHost(s string) (name, port string) {
	s = strings.TrimSpace(s)
	if len(s) > 300 {
		return "", ""
	}
	if strings.IndexByte(s, ':') < 0 {
		return strings.TrimSuffix(asciiName(s), "."), ""
	}
	name = s
	if strings.HasPrefix(s, "[") || strings.Count(s, ":") == 1 {
		if h, p, err := net.SplitHostPort(s); err == nil {
			name, port = h, p
		}
	}
	return strings.TrimSuffix(asciiName(strings.Trim(name, "[]")), "."), port
}

// Host normalises a host, with or without a port: lower case, punycode, no port 80 or
// 443, an IPv6 address in its shortest form and in brackets. It returns an empty text if
// s cannot be a host.
func Host(s string) string {
	if s == "" || IsPlainHost(s) {
		return s
	}
	name, port := SplitHost(s)
	if !isHostName(name) {
		return ""
	}
	name = strings.ToLower(name)
	if ip, err := parseHostAddress(name); err == nil {
		name = ip.String()
	}
	bare := port == "80" || port == "443" || !isPort(port)
	switch v6 := strings.Contains(name, ":"); {
	case v6 && bare:
		return "[" + name + "]"
	case bare:
		return name
	}
	return net.JoinHostPort(name, port)
}

// isPort reports whether s is a port from 1 to 65535.
func isPort(s string) bool {
	if s == "" || len(s) > 5 || !ascii.IsDigits(s) {
		return false
	}
	number, err := strconv.ParseUint(s, 10, 16)
	return err == nil && number > 0
}

// SiteName returns the name or address of a normalised host, without port and brackets.
func SiteName(host string) string {
	if end := strings.IndexByte(host, ']'); end > 0 {
		return host[1:end]
	}
	name, _, _ := strings.Cut(host, ":")
	return name
}

// isHostName reports whether s is a DNS name or an IP address without a zone.
func isHostName(s string) bool {
	if strings.IndexByte(s, ':') >= 0 {
		return net.ParseIP(s) != nil
	}
	if strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") {
		return false
	}
	if len(s) > 253 || longestLabel(s) > 63 || ascii.IsDigits(s[strings.LastIndexByte(s, '.')+1:]) && net.ParseIP(s) == nil {
		return false // a name that ends in a number has to be an IPv4 address (RFC 1123, section 2.1)
	}
	alphanumeric := false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z':
			alphanumeric = true
		case c != '-' && c != '.' && c != '_':
			return false
		}
	}
	return alphanumeric
}

// longestLabel returns the length of the longest part between dots.
func longestLabel(s string) int {
	longest := 0
	for s != "" {
		label, rest, _ := strings.Cut(s, ".")
		longest, s = max(longest, len(label)), rest
	}
	return longest
}
