// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import "strconv"

// chart is a column for each period, with a piece for each purpose.
type chart struct {
	Top     uint64 // what the full height stands for
	Columns []column
	Legend  []string
}

type column struct {
	Period string
	Visits uint64
	Pieces []piece
}

// piece is a rectangle in a drawing that is chartWidth wide and chartHeight high.
type piece struct {
	Purpose             string
	Visits              uint64
	X, Y, Width, Height string
}

const (
	chartWidth  = 1000
	chartHeight = 240
)

func newChart(r *Report) chart {
	c := chart{Columns: make([]column, len(r.Periods))}
	for _, p := range r.Purposes {
		c.Legend = append(c.Legend, p.Name)
	}
	for i, period := range r.Periods {
		c.Columns[i] = column{Period: period}
		for _, p := range r.Purposes {
			c.Columns[i].Visits += p.ByPeriod[i]
		}
		c.Top = max(c.Top, c.Columns[i].Visits)
	}
	c.Top = roundUp(c.Top)
	for i := range c.Columns {
		c.draw(r, i)
	}
	return c
}

// draw puts the pieces of a column on each other.
func (c *chart) draw(r *Report, i int) {
	step := float64(chartWidth) / float64(len(c.Columns))
	bottom := float64(chartHeight)
	for _, p := range r.Purposes {
		if p.ByPeriod[i] == 0 {
			continue
		}
		height := float64(p.ByPeriod[i]) / float64(c.Top) * chartHeight
		bottom -= height
		c.Columns[i].Pieces = append(c.Columns[i].Pieces, piece{
			Purpose: p.Name, Visits: p.ByPeriod[i],
			X: places(float64(i)*step + step*0.1), Y: places(bottom), Width: places(step * 0.8), Height: places(height),
		})
	}
}

func places(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// roundUp is the next number that reads well: two digits, of which the second is 0 or 5,
// and zeros.
func roundUp(n uint64) uint64 {
	unit := uint64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	if unit > 1 {
		unit *= 5
	}
	return max((n+unit-1)/unit*unit, 1)
}
