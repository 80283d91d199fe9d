// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/report"
)

// csvHead are the columns. The time is UTC.
var csvHead = []string{"time", "agent", "operator", "purpose", "sent_by", "site", "method", "path", "status", "milliseconds", "user_agent", "known_agents", "scrunch"}

// byteOrderMark tells spreadsheets that the file is UTF-8.
const byteOrderMark = "\ufeff"

// writeCSV writes requests for a spreadsheet, the newest first.
func writeCSV(to io.Writer, all []*request) error {
	if _, err := io.WriteString(to, byteOrderMark); err != nil {
		return err
	}
	out := csv.NewWriter(to)
	_ = out.Write(csvHead) // Flush keeps the error
	for _, r := range slices.Backward(all) {
		who, milliseconds, status := agents.Known.Agent(r.who), "", ""
		if r.milliseconds != nil {
			milliseconds = strconv.Itoa(*r.milliseconds)
		}
		if r.Status != 0 {
			status = strconv.Itoa(r.Status)
		}
		if r.isClaimed() {
			who.Name += report.Claimed
		}
		_ = out.Write([]string{
			time.Unix(0, r.Time).UTC().Format("2006-01-02T15:04:05.000Z"), who.Name, who.Operator, who.Purpose, r.sentBy, cell(r.Host), cell(r.method), cell(r.target()),
			status, milliseconds, cell(r.UserAgent), yes(r.arrived.KnownAgents), yes(r.arrived.Scrunch),
		})
	}
	out.Flush()
	return out.Error()
}

// cell is a text that a visitor chose, for a spreadsheet: printable, and no formula.
func cell(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		s = "'" + s
	}
	return report.Printable(s)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
