// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBytesAreDecodedHoweverOftenTheyAreEscaped(t *testing.T) {
	type decoded struct {
		c           byte
		size, level int
	}
	for name, texts := range map[string]map[string]decoded{
		"a byte that is not escaped": {"=": {'=', 1, 0}, "a3D": {'a', 1, 0}, "u003D": {'u', 1, 0}},
		"percent-encoding":           {"%3D": {'=', 3, 1}, "%3dx": {'=', 3, 1}, "%e9": {0xe9, 3, 1}, "%00": {0, 3, 1}},
		"escapes of escapes":         {"%253D": {'=', 5, 2}, "%25253D": {'=', 7, 3}, "%25%33D": {'%', 3, 1}},
		"escapes of old browsers":    {"%u003D": {'=', 6, 1}, "%U003d": {'=', 6, 1}, "%25u003D": {'=', 8, 2}},
		"escapes of JSON":            {"\\u003D": {'=', 6, 1}, "%5Cu003D": {'=', 8, 2}, "\\u00253D": {'=', 8, 2}, "\\u005Cu003D": {'=', 11, 2}},
		"what is no escape":          {"%": {'%', 1, 0}, "%3": {'%', 1, 0}, "%3G": {'%', 1, 0}, "%G3": {'%', 1, 0}, "\\": {'\\', 1, 0}, "\\n": {'\\', 1, 0}, "\\3D": {'\\', 1, 0}},
		"escapes of other letters":   {"%u013D": {'%', 1, 0}, "%u103D": {'%', 1, 0}, "%v003D": {'%', 1, 0}},
		"an escape that is cut off":  {"%u003": {'%', 1, 0}, "%u00": {'%', 1, 0}, "%u003G": {'%', 1, 0}, "%u00G3": {'%', 1, 0}, "%253": {'%', 3, 1}, "%5Cu": {'\\', 3, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			for text, want := range texts {
				c, size, level := decodeByte(text, 0)
				assert.Equal(t, want, decoded{c, size, level}, text)
				c, size, level = decodeByte("%="+text, 2)
				assert.Equal(t, want, decoded{c, size, level}, "%s after something else", text)
			}
		})
	}
}

func TestAllEscapesOfATextAreUndone(t *testing.T) {
	for text, want := range map[string]string{"": "", "a=b": "a=b", "a%3Db%u0026c\\u003dd%253D%": "a=b&c=d=%"} {
		assert.Equal(t, want, decodeAll(text), text)
	}
}
