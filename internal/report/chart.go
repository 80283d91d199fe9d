// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import "strconv"

// Chart is a drawing of visits over time, ChartWidth wide and ChartHeight high: a column
// for each period, with a piece for each purpose.
type Chart struct {
	Top     uint64   `json:"top"` // what the full height stands for
	Columns []Column `json:"columns"`
	Legend  []string `json:"legend"` // the purposes
}

// Column are the visits of a period.
type Column struct {
	Period string  `json:"period"`
	Visits uint64  `json:"visits"`
	Pieces []Piece `json:"pieces"`
}

// Piece is a rectangle.
type Piece struct {
	Purpose string `json:"purpose"`
	Visits  uint64 `json:"visits"`
	X       string `json:"x"`
	Y       string `json:"y"`
	Width   string `json:"width"`
	Height  string `json:"height"`
}

// The size of a Chart.
const (
	ChartWidth  = 1000
	ChartHeight = 240
)

// NewChart draws sums by period, such as a report's Purposes. The first lies at the
// bottom.
func NewChart(periods []string, sums []Sum) Chart {
	c := Chart{Columns: make([]Column, len(periods)), Legend: []string{}}
	for _, s := range sums {
		c.Legend = append(c.Legend, s.Name)
	}
	for i, period := range periods {
		c.Columns[i] = Column{Period: period, Pieces: []Piece{}}
		for _, s := range sums {
			c.Columns[i].Visits += s.ByPeriod[i]
		}
		c.Top = max(c.Top, c.Columns[i].Visits)
	}
	c.Top = roundUp(c.Top)
	for i := range c.Columns {
		c.draw(sums, i)
	}
	return c
}

// draw puts the pieces of a column on each other.
func (c *Chart) draw(sums []Sum, i int) {
	step := float64(ChartWidth) / float64(len(c.Columns))
	bottom := float64(ChartHeight)
	for _, s := range sums {
		if s.ByPeriod[i] == 0 {
			continue
		}
		height := float64(s.ByPeriod[i]) / float64(c.Top) * ChartHeight
		bottom -= height
		c.Columns[i].Pieces = append(c.Columns[i].Pieces, Piece{
			Purpose: s.Name, Visits: s.ByPeriod[i],
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
