// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

// addressHeaders are the request headers in which the proxy nearest to the visitor
// writes the visitor's address. They are absent unless the instrumentation was told
// to capture them.
var addressHeaders = []field{
	requestHeader("cf-connecting-ip"), requestHeader("true-client-ip"), requestHeader("fastly-client-ip"),
	requestHeader("fly-client-ip"), requestHeader("x-vercel-forwarded-for"), requestHeader("x-nf-client-connection-ip"),
	requestHeader("do-connecting-ip"), requestHeader("x-azure-clientip"), viewerAddress,
	requestHeader("x-real-ip"), requestHeader("x-client-ip"),
}

// addressSet has the same headers, to see at once that all are absent.
var addressSet = setOf(addressHeaders...)

// addressChoice is the first public address that it is shown, else the first.
type addressChoice struct {
	ip     string
	public bool
}

func (c *addressChoice) show(ip string, public bool) (done bool) {
	if ip != "" && (c.ip == "" || public) {
		c.ip, c.public = ip, public
	}
	return c.public
}

// resolveClientIP is the visitor's address, or empty: what the nearest proxy
// says of it, what the server worked out for itself, which differs from the
// peer, the chain of proxies, then the rest.
func (f *facts) resolveClientIP() string {
	var best addressChoice
	if f.present.meets(&addressSet) {
		for _, i := range addressHeaders {
			if s := f.text[i]; s != "" && best.show(bestAddress(withoutPort(i, s))) {
				return best.ip
			}
		}
	}
	if f.has(peerIP) && f.text[clientIP] != f.text[peerIP] && best.show(f.text[clientIP], f.number[clientIP] == 1) {
		return best.ip
	}
	if best.show(bestAddress(f.text[forwardedFor])) || best.show(bestAddress(f.text[forwarded])) ||
		best.show(f.text[clientIP], f.number[clientIP] == 1) {
		return best.ip
	}
	best.show(f.text[peerIP], f.number[peerIP] == 1)
	return best.ip
}
