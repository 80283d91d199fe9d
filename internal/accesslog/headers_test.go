// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

const someFields = "#Fields: date time cs-method cs-uri-stem sc-status"

func TestHeadersAreKnownByFile(t *testing.T) {
	h := NewHeaders()
	assert.False(t, h.Any())
	h.Set(1, headerOf(someFields))
	h.Set(2, headerOf(someFields+" c-ip"))
	assert.True(t, h.Any())
	assert.Len(t, h.Of(1).Layout.Keys, 5)
	assert.Len(t, h.Of(2).Layout.Keys, 6)
	assert.Nil(t, h.Of(3).Layout)
	h.Set(1, headerOf(someFields+" c-ip time-taken"))
	assert.Len(t, h.Of(1).Layout.Keys, 7, "the latest one counts")
}

func TestTheLeastRecentlyUsedHeaderIsForgottenFirst(t *testing.T) {
	h := NewHeaders()
	for file := range uint64(maxHeaderFiles) {
		h.Set(file, headerOf(someFields))
	}
	h.Of(0)
	h.Set(maxHeaderFiles, headerOf(someFields))
	assert.NotNil(t, h.Of(0).Layout, "was used")
	assert.Nil(t, h.Of(1).Layout)
	assert.NotNil(t, h.Of(2).Layout)
	assert.Len(t, h.byFile, maxHeaderFiles)
}

func TestLargeHeadersTakeNoMoreThanTheirRoom(t *testing.T) {
	h := NewHeaders()
	large := headerOf("#Fields: cs(" + strings.Repeat("x", maxFieldsBytes-64) + ")")
	for file := range uint64(maxHeaderFiles) {
		h.Set(file, large)
	}
	assert.LessOrEqual(t, h.bytes, maxHeaderBytes)
	assert.Less(t, len(h.byFile), maxHeaderFiles)
	assert.Equal(t, len(h.byFile), h.byUse.Len())
	for file := range uint64(maxHeaderFiles) {
		h.drop(h.byFile[file])
	}
	assert.Zero(t, h.bytes)
}

func TestHeadersServeManyAtOnce(t *testing.T) {
	h := NewHeaders()
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			for i := range 500 {
				file := uint64(i % 16)
				if worker%2 == 0 {
					h.Set(file, headerOf(fmt.Sprintf("%s x-%d", someFields, file)))
				} else if got := h.Of(file); got.Layout != nil {
					assert.Equal(t, fmt.Sprintf("http.request.header.x-%d", file), got.Layout.Keys[5])
				}
			}
		})
	}
	wait.Wait()
}
