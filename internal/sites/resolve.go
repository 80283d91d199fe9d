// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"cmp"
	"slices"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// resolve says which version of each file counts, so that no two sites have anything in
// common: the newest that the file held without a fault, unless an older one, or the list,
// has something of it. Such a file is at fault, and what it held before counts, if that is
// still free. No file gets the identity by which visits of another site may still wait, unless
// that is its name. It is a function of the versions alone.
func resolve(listed []*version, files []*file, before former) {
	for _, f := range files {
		f.conflict, f.used = nil, f.newest()
	}
	taken := newClaims(before)
	for done := false; !done; {
		taken, done = settle(listed, files, before)
	}
	for promoted := true; promoted; {
		promoted = promote(taken, files)
	}
}

// settle takes another version for each file whose version has a conflict. It is done if
// there was none. Each file has two versions at most, so that it comes to an end.
func settle(listed []*version, files []*file, before former) (taken *claims, done bool) {
	taken, done = newClaims(before), true
	for _, v := range listed {
		taken.take(validation.NewFaults(), v)
	}
	for _, f := range inOrder(files, func(f *file) *version { return f.used }) {
		switch {
		case taken.take(validation.NewFaults(), f.used):
			continue
		case f.used == f.good:
			f.used = nil
		default:
			f.used = f.good
		}
		done = false
	}
	return taken, done
}

// promote takes the newest version of each file whose conflict was with one that does not
// count any more, and says of the others what they have a conflict with.
func promote(taken *claims, files []*file) (promoted bool) {
	for _, f := range inOrder(files, (*file).newest) {
		newest := f.newest()
		if f.used == newest {
			continue
		}
		before := f.used
		if before != nil {
			taken.release(before)
		}
		found := validation.NewFaults()
		if taken.take(found, newest) {
			f.used, f.conflict, promoted = newest, nil, true
			continue
		}
		f.conflict = found.Err()
		if f.good != nil && taken.take(validation.NewFaults(), f.good) {
			promoted = promoted || before == nil
			f.used = f.good
		}
	}
	return promoted
}

// newest is the newest version without a fault, or nil.
func (f *file) newest() *version { return cmp.Or(f.next, f.good) }

// inOrder are the files that have a version, by the age of it.
func inOrder(files []*file, of func(*file) *version) []*file {
	order := slices.DeleteFunc(slices.Clone(files), func(f *file) bool { return of(f) == nil })
	slices.SortFunc(order, func(a, b *file) int { return byAge(of(a), of(b)) })
	return order
}
