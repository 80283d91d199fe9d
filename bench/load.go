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
	// perRequest is how many spans or log records an OTLP request holds, as
	// SDKs and agents batch them.
	perRequest = 500
	// distinct is how many requests of different values a load cycles through,
	// so that no cache knows them.
	distinct = 20
	// senders is how many connections the load comes over.
	senders = 2
)

// signal is a kind of telemetry, as a pipeline's name has it.
type signal string

const (
	traces signal = "traces"
	logs   signal = "logs"
)

// load is telemetry as it is sent: OTLP requests, marshalled once.
type load struct {
	signal signal
	items  int // that each request holds
	visits int // that these are
	// bodies are the requests.
	bodies [][]byte
}

// send gives the receiver n requests as fast as it takes them. One that is
// refused ends it: then contenders would no longer have the same work.
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

// allAccepted is the answer of a receiver that has refused nothing: an empty
// partial_success, in protobuf.
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
		return fmt.Errorf("%s answered %s: %q; all must be accepted", url, answer.Status, text)
	}
	return nil
}
