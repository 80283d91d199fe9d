// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

const (
	// perRequest is the number of spans or log records in an OTLP request, as SDKs and
	// agents batch them.
	perRequest = 500
	// distinct is the number of different requests that a load cycles through, so that
	// caches do not help.
	distinct = 20
	// senders is the number of connections.
	senders = 2
)

// signal is a kind of telemetry, spelled as in a pipeline's name.
type signal string

const (
	traces signal = "traces"
	logs   signal = "logs"
)

// load is telemetry as marshalled OTLP requests.
type load struct {
	signal signal
	items  int      // spans or log records in each request
	visits int      // items that are visits
	bodies [][]byte // the requests
}

// send sends n requests as fast as the receiver accepts them. It fails if one is refused,
// because then the contenders would not have the same work.
func (l *load) send(ctx context.Context, receiver string, n int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	var sending sync.WaitGroup
	for range senders {
		sending.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := post(ctx, client, receiver+"/v1/"+string(l.signal), l.bodies[i%len(l.bodies)]); err != nil {
					cancel(err)
				}
			}
		})
	}
	sending.Wait()
	return context.Cause(ctx)
}

// allAccepted is the answer of a receiver that has accepted everything: an empty
// partial_success in protobuf.
const allAccepted = "\n\x00"

func post(ctx context.Context, client *http.Client, url string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || string(text) != allAccepted {
		return fmt.Errorf("%s answered %s: %q; it must accept everything", url, answer.Status, text)
	}
	return nil
}
