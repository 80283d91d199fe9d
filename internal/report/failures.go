// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"slices"
)

// topErrors are those that all agents together met most.
func (c *Counter) topErrors() []Error {
	type key struct {
		status uint16
		page   string
	}
	found := map[key]names{}
	for e, t := range c.errors.counts {
		k := key{e.status, e.page(c.site)}
		if found[k] == nil {
			found[k] = names{}
		}
		found[k][c.visitors.rows[e.by].Name] += t.visits
	}
	list := []Error{}
	for k, who := range found {
		sum := uint64(0)
		for _, n := range who {
			sum += n
		}
		list = append(list, Error{Failure: Failure{int(k.status), k.page, sum}, Agents: who.list()})
	}
	slices.SortFunc(list, func(a, b Error) int { return compareFailures(a.Failure, b.Failure) })
	return list[:min(len(list), maxErrors)]
}

// failuresBy are the errors that each visitor met most.
func (c *Counter) failuresBy() [][]Failure {
	lists := make([][]Failure, len(c.visitors.rows))
	for e, t := range c.errors.counts {
		lists[e.by] = append(lists[e.by], Failure{int(e.status), e.page(c.site), t.visits})
	}
	for i, list := range lists {
		slices.SortFunc(list, compareFailures)
		lists[i] = slices.Clip(list[:min(len(list), maxFailures)])
	}
	return lists
}

func compareFailures(a, b Failure) int {
	return cmp.Or(cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Page, b.Page))
}
