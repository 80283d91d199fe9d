// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNoAnswerHoldsARequestForever: after 101 nothing but the server ends the reading of
// the connection.
func TestNoAnswerHoldsARequestForever(t *testing.T) {
	c := newTestClient(newRawServer(t, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"))
	got := c.post(t.Context(), newBatch(1))
	assert.Equal(t, http.StatusSwitchingProtocols, got.status)
	assert.Equal(t, unavailable, got.rule().outcome)
}

// TestDescriptionsQuoteNothingOfAnAnswer: an answer that is no HTTP may quote the visits.
func TestDescriptionsQuoteNothingOfAnAnswer(t *testing.T) {
	for name, answer := range map[string]string{
		"another protocol":           "quoted\r\n\r\n",
		"a status that is no number": "HTTP/1.1 quoted OK\r\n\r\n",
		"a header without a colon":   "HTTP/1.1 200 OK\r\nquoted\r\n\r\n",
		"a header with a bad name":   "HTTP/1.1 200 OK\r\nquo ted\x00: quoted\r\n\r\n",
		"a length that is no number": "HTTP/1.1 200 OK\r\nContent-Length: quoted\r\n\r\n",
		"an unknown encoding":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: quoted\r\n\r\n",
		"a redirect to no URL":       "HTTP/1.1 302 Found\r\nLocation: http://[::1/\"quoted\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestClient(newRawServer(t, answer))
			got := c.post(t.Context(), newBatch(1))
			require.Error(t, got.err)
			assert.NotContains(t, c.describe(got).Error(), "quoted")
		})
	}
}

// newRawServer gives each request the same answer, which need not be HTTP, and keeps
// the connection open.
func newRawServer(t *testing.T, answer string) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, listener.Close()) })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				from := bufio.NewReader(conn)
				if request, err := http.ReadRequest(from); err == nil {
					_, _ = io.Copy(io.Discard, request.Body)
					_, _ = io.WriteString(conn, answer)
					_, _ = io.Copy(io.Discard, from)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}
