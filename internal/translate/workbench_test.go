// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// workbench translates payloads as the exporter does. It encodes their visits if
// it has an encoder.
type workbench struct {
	translator *translate.Translator
	encode     func([]byte, *visit.Visit) destination.Encoded
	buffer     []byte
	items      int
	visits     int
}

func newWorkbench(encode func([]byte, *visit.Visit) destination.Encoded) *workbench {
	return &workbench{translator: translation.New(translate.Config{}), encode: encode, buffer: make([]byte, 0, visit.MaxVisitBytes)}
}

func (w *workbench) work(p fixture.Payload) {
	translation.Each(w.translator, fixture.Arrival, p, w.take)
}

func (w *workbench) take(v *visit.Visit, skip visit.SkipReason) {
	w.items++
	if skip == visit.NotSkipped {
		w.visits++
		if w.encode != nil {
			w.encode(w.buffer, v)
		}
	}
}
