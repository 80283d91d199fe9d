// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package uri

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzReference shows that the parts of any text can be delivered: escaped, of bounded
// length, without user information and fragment.
func FuzzReference(f *testing.F) {
	for _, s := range []string{"/a?b=c#d", "https://u:p@h.example:8443/p?q", "//evil.example/x", "?q", "http://[::1]/", "/%zz%4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := Split(s)
		require.NotContains(t, r.Authority, "@")
		require.NotContains(t, r.Path, "#")
		for _, part := range []string{Escape(r.Path, PathBytes), Escape(r.Query, QueryBytes)} {
			cut := Cut(part, 100)
			require.LessOrEqual(t, len(cut), 100)
			_, err := url.PathUnescape(cut)
			require.NoError(t, err)
		}
		require.Equal(t, Escape(r.Path, PathBytes), Escape(Escape(r.Path, PathBytes), PathBytes), "escaping twice changes nothing")
	})
}
