// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "strings"

// escapedFields are the texts in which web servers escape bytes that would
// break their log's lines.
var escapedFields = setOf(userAgent, referer, requestLine, target, query, fullURL)

// unescape undoes the escapes of nginx (\x22) and Apache (\x22, \", \\, \t) in
// a log record's texts, unless the source writes none.
func (f *facts) unescape() {
	if sources[f.source].encoded == verbatim {
		return
	}
	for i := range f.present.shared(&escapedFields) {
		if strings.IndexByte(f.text[i], '\\') >= 0 {
			f.text[i] = unescapeBytes(f.text[i], f.precedence[i] == lineRank)
		}
	}
}

// decode undoes how the source keeps spaces out of the columns of its log, and
// how Node reads headers. It notes in the visit which of the two texts are plain.
func (f *facts) decode(v *visit) {
	v.plain = fieldSet{}
	for _, i := range [...]field{userAgent, referer} {
		switch {
		case !f.has(i):
		case isPlain(f.text[i]):
			v.plain.add(i)
		default:
			f.text[i] = fromLatin1(f.text[i])
		}
	}
	switch sources[f.source].encoded {
	case percentCode:
		f.text[userAgent] = unescapePercent(f.text[userAgent])
		f.text[referer] = unescapePercent(f.text[referer])
		v.plain = fieldSet{}
	case plusForSpace:
		f.text[userAgent] = spacesForPluses.Replace(f.text[userAgent])
	}
}
