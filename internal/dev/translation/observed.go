// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translation

import (
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func Observe(v *visit.Visit) fixture.Observed {
	return fixture.Observed{
		Start: time.Unix(0, v.Start), Duration: v.Duration,
		Method: v.Method, Scheme: v.Scheme, Host: v.Host, Path: v.Path, Query: v.Query,
		Status: v.Status, ClientIP: v.ClientIP,
		UserAgent: v.Text[visit.UserAgent], Referer: v.Text[visit.Referer], ContentType: v.Text[visit.ResponseHeader("content-type")],
	}
}
