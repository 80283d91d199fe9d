// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package sites

import (
	"slices"

	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// resolve says which version of each file counts, so that no two sites have anything in
// common: the newest that the file held without a fault, unless an older one, or the list,
// has something of it. Such a file is at fault, and what it held before counts, if that is
// still free. It is a function of the versions alone.
func resolve(listed []*version, files []*file) {
	for _, f := range files {
		f.conflict = nil
		f.used = f.next
		if f.used == nil {
			f.used = f.good
		}
	}
	for !settle(listed, files) {
	}
}

// settle takes another version for each file whose version has a conflict. It reports
// whether there was none. Each file has two versions at most, so that it comes to an end.
func settle(listed []*version, files []*file) (done bool) {
	taken := newClaims()
	for _, v := range listed {
		taken.take(validation.NewFaults(), v)
	}
	order := slices.DeleteFunc(slices.Clone(files), func(f *file) bool { return f.used == nil })
	slices.SortFunc(order, func(a, b *file) int { return byAge(a.used, b.used) })
	done = true
	for _, f := range order {
		found := validation.NewFaults()
		if taken.take(found, f.used) {
			continue
		}
		done = false
		if f.conflict == nil {
			f.conflict = found.Err()
		}
		if f.used == f.good {
			f.used = nil
		} else {
			f.used = f.good
		}
	}
	return done
}
