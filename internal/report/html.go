// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"crypto/sha256"
	_ "embed" // the page
	"encoding/base64"
	"html/template"
	"io"
	"time"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

// pageTemplate escapes what visitors choose by where it stands.
var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"number":  Number,
	"percent": percent,
	"files":   filesOf,
	"name":    (*Report).name,
	"others":  func() string { return otherServers },
	"text":    Printable,
	"date":    func(moment string) string { return moment[:len(time.DateOnly)] },
	"class":   func(name string) string { return classNames[name] },
}).Parse(pageText))

// page is what the template shows.
type page struct {
	*Report
	Style  template.CSS
	Policy string
	Known  Sum
	People uint64 // sent by assistants
	Chart  Chart
	Most   uint64 // visits of the agent that came most
}

// LastPeriod is the date on which the last period begins.
func (p page) LastPeriod() string { return p.Periods[len(p.Periods)-1] }

// WriteHTML writes the report as one page that holds everything it shows. It has no
// script, and its policy forbids to load or to run anything, whatever a visitor wrote.
func (r *Report) WriteHTML(to io.Writer) error {
	hash := sha256.Sum256([]byte(pageStyle))
	p := page{
		Report: r, Known: sumOf(r.Agents), Chart: NewChart(r.Periods, r.Purposes),
		Style:  template.CSS(pageStyle), //nolint:gosec // it is a file of ours
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; base-uri 'none'; form-action 'none'",
	}
	for _, s := range r.SentBy {
		p.People += s.Visits
	}
	for _, a := range r.Agents {
		p.Most = max(p.Most, a.Visits)
	}
	return pageTemplate.Execute(to, p)
}
