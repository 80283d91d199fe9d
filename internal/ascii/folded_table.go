// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

// FoldedTable finds the value of a key in whatever case and with whatever separators it
// is written: status_code, StatusCode and status-code are one key. Most keys that are
// not in it are ruled out by their first and last byte.
type FoldedTable[V any] struct {
	table *Table[V]
	ends  foldedEnds
}

// foldedEnds has for each first letter of keys their last letters, as bits.
type foldedEnds [letterCount]uint32

// MayHave reports whether a key can be in the table that begins and ends with the given
// bytes. It costs a fraction of FindFolded.
func (t *FoldedTable[V]) MayHave(first, last byte) bool { return t.ends.has(first, last) }

func (e *foldedEnds) has(first, last byte) bool {
	return e[letterOf[first]&31]>>(letterOf[last]&31)&1 != 0
}

// maxFoldedBytes is more than any key has that is looked for.
const maxFoldedBytes = 96

// NewFoldedTable returns a table of the keys and values in m. The keys are as Fold
// returns them.
func NewFoldedTable[V any](m map[string]V) *FoldedTable[V] {
	t := &FoldedTable[V]{table: NewTable(m)}
	for key := range m {
		if key == "" {
			continue
		}
		last := uint32(1) << letterOf[key[len(key)-1]]
		last |= 1 << letterOf['_']
		t.ends[letterOf[key[0]]] |= last
		t.ends[letterOf['_']] |= last
	}
	return t
}

// FindFolded returns the value of a key, or nil.
func FindFolded[V any, K string | []byte](t *FoldedTable[V], key K) *V {
	if len(key) == 0 || len(key) > maxFoldedBytes {
		return nil
	}
	var folded [maxFoldedBytes]byte
	n := 0
	for i := range len(key) {
		folded[n] = foldOf[key[i]]
		n += int(stepOf[key[i]])
	}
	if found := Find(t.table, folded[:n]); found != nil {
		return &found.Value
	}
	return nil
}

// Fold returns a key in lower case and without separators.
func Fold(key string) string {
	folded := make([]byte, 0, len(key))
	for i := range len(key) {
		if stepOf[key[i]] != 0 {
			folded = append(folded, foldOf[key[i]])
		}
	}
	return string(folded)
}

// separators are the bytes that stand between the words of a key, or around them.
const separators = "._-:@"

// letterCount is the number of classes in letterOf.
const letterCount = 32

// The classes of bytes: foldOf is a letter in lower case and any other byte as it is;
// stepOf is 0 for separators and 1 for all others; letterOf is 0 for separators, 1 to 26
// for letters, 27 for digits, and 28 for bytes that no key has.
var foldOf, stepOf, letterOf = func() (fold, step, letter [256]byte) {
	for c := range 256 {
		fold[c], step[c], letter[c] = byte(c), 1, 28
		switch lower := byte(c) | 0x20; {
		case IsDigit(byte(c)):
			letter[c] = 27
		case lower >= 'a' && lower <= 'z':
			fold[c], letter[c] = lower, lower-'a'+1
		}
	}
	for i := range len(separators) {
		step[separators[i]], letter[separators[i]] = 0, 0
	}
	return fold, step, letter
}()
