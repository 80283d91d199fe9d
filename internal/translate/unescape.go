// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// escapedTargets are the fields of the target in which web servers escape the bytes that
// would break the lines of their logs. User agent and referer have these escapes as well.
var escapedTargets = visit.SetOf(visit.RequestLine, visit.Target, visit.Query, visit.FullURL)

// encodedFields are the texts in whose columns a space is encoded.
var encodedFields = [...]visit.Field{visit.UserAgent, visit.ForwardedFor, visit.Referer, contentType}

// mayHoldPlus are those in which a plus can be meant, as in image/svg+xml.
var mayHoldPlus = visit.SetOf(visit.Referer, contentType)

// unescape undoes the escapes of nginx (\x22) and Apache (\x22, \", \\, \t) in a log
// record's target, unless the producer writes none. decode does so in its headers.
func (f *facts) unescape() {
	if f.hasEscapes = f.encoding().HasByteEscapes(); !f.hasEscapes {
		return
	}
	for i := range f.present.Shared(&escapedTargets) {
		f.unescapeText(i)
	}
}

// unquote removes quotation marks around a text of a log record. Logstash's pattern
// COMBINEDAPACHELOG keeps those of the line.
func (f *facts) unquote(i visit.Field) {
	if text := f.text[i]; len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
		if f.text[i] = text[1 : len(text)-1]; value.IsAbsent(f.text[i]) {
			f.text[i] = ""
			f.present.Remove(i)
		}
	}
}

func (f *facts) unescapeText(i visit.Field) {
	if strings.IndexByte(f.text[i], '\\') >= 0 {
		f.text[i] = ascii.UnescapeBytes(f.text[i], f.precedence[i] == mapping.FromLine)
	}
}

// encoding is how the texts are written: as the line's columns show, or else as the
// producer does.
func (f *facts) encoding() mapping.Encoding {
	if f.columnEncoding != mapping.ByteEscapes {
		return f.columnEncoding
	}
	return mapping.Sources[f.source].Encoded
}

// decodeText makes UTF-8 of a text, unless it is plain.
func (f *facts) decodeText(v *visit.Visit, i visit.Field) {
	if ascii.IsPlain(f.text[i]) {
		v.Plain.Add(i)
		return
	}
	if f.hasEscapes {
		f.unquote(i)
		f.unescapeText(i)
	}
	f.text[i] = ascii.FromLatin1(f.text[i])
}

// decode makes UTF-8 of user agent and referer: log records have the escapes that unescape
// undoes, Node reads headers as Latin-1, and some producers write something else for spaces
// in the columns of their logs. It notes in the visit which of these texts are plain.
func (f *facts) decode(v *visit.Visit) {
	v.Plain, v.AgentHash = visit.FieldSet{}, 0
	if f.has(visit.UserAgent) {
		if v.AgentHash = f.agents.hash(f.text[visit.UserAgent]); v.AgentHash != 0 {
			v.Plain.Add(visit.UserAgent)
		} else {
			f.decodeText(v, visit.UserAgent)
		}
	}
	if f.has(visit.Referer) {
		f.decodeText(v, visit.Referer)
	}
	encoding := f.encoding()
	if encoding != mapping.PercentCode && encoding != mapping.PlusForSpace {
		return
	}
	v.AgentHash = 0
	for _, i := range encodedFields {
		if f.has(i) && (!mayHoldPlus.Has(i) || encoding == mapping.PercentCode) {
			code, isPlain := encoding, false
			if i == visit.UserAgent && encoding == mapping.PercentCode && isFormCode(f.text[i]) {
				code = mapping.FormCode
			}
			if f.text[i], isPlain = f.decoded.of(f.text[i], code); isPlain {
				v.Plain.Add(i)
			} else {
				v.Plain = v.Plain.Without(visit.SetOf(i))
			}
		}
	}
}
