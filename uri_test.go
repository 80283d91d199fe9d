// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzReference(f *testing.F) {
	for _, s := range []string{"/a?b=c#d", "https://u:p@h.example:8443/p?q", "//evil.example/x", "?q", "http://[::1]/", "/%zz%4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := splitReference(s)
		require.NotContains(t, r.authority, "@")
		require.NotContains(t, r.path, "#")
		for _, part := range []string{escape(r.path, pathBytes), escape(r.query, queryBytes)} {
			cut := cutEscaped(part, 100)
			require.LessOrEqual(t, len(cut), 100)
			_, err := url.PathUnescape(cut)
			require.NoError(t, err)
		}
		require.Equal(t, escape(r.path, pathBytes), escape(escape(r.path, pathBytes), pathBytes), "escaping twice changes nothing")
	})
}
