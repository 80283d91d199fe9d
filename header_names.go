// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "strings"

// maxAddedHeaders bounds the headers of requests that users add, and those of
// responses, because each costs time for each visit.
const maxAddedHeaders = 8

// headerName is a header's name in lower case with "-".
func headerName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}
