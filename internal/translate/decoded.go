// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"hash/maphash"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
)

// decodedTexts are the latest texts whose blanks were decoded. Most visitors have a user
// agent that came before, and then decoding allocates nothing. Four texts of the same hash have
// room, so that the texts of a visit do not replace each other all the time.
type decodedTexts [16][4]decodedText

type decodedText struct {
	raw, text string
	encoding  mapping.Encoding
	isPlain   bool
}

// maxDecoded is the length of the longest text that is remembered.
const maxDecoded = 512

// of decodes a text. It reports whether the result is plain.
func (d *decodedTexts) of(raw string, encoding mapping.Encoding) (text string, isPlain bool) {
	if len(raw) > maxDecoded {
		text = decoded(raw, encoding)
		return text, ascii.IsPlain(text)
	}
	slots := &d[maphash.String(seed, raw)%uint64(len(d))]
	for i := range slots {
		if slot := &slots[i]; slot.raw == raw && slot.encoding == encoding {
			return slot.text, slot.isPlain
		}
	}
	raw = strings.Clone(raw)
	text = decoded(raw, encoding)
	copy(slots[1:], slots[:])
	slots[0] = decodedText{raw, text, encoding, ascii.IsPlain(text)}
	return slots[0].text, slots[0].isPlain
}

func decoded(raw string, encoding mapping.Encoding) string {
	switch encoding {
	case mapping.PercentCode:
		return uri.UnescapePercent(raw)
	case mapping.FormCode:
		return uri.UnescapePercent(ascii.SpacesForPluses.Replace(raw))
	}
	return ascii.SpacesForPluses.Replace(raw)
}

// isFormCode reports whether a user agent in percent code is that of a form: Akamai's
// documents show Mozilla%2F5.0+%28X11%29. In the other code slashes stay as they are, and
// a plus is one.
func isFormCode(agent string) bool {
	return strings.Contains(agent, "%2F") && strings.IndexByte(agent, '/') < 0 && !strings.Contains(agent, "%20")
}
