// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// sturdyClient is a storage client whose panics do not end the Collector. The first one
// becomes an error, and so does each call after it: what panicked may have kept a lock,
// for which all others would wait forever. A panic in a goroutine of the storage itself
// ends the Collector all the same; see mend.go.
type sturdyClient struct {
	client storage.Client
	broken atomic.Pointer[error]
	told   func(error) // is called once
}

// errPanicked is the error of a storage that panicked.
type errPanicked struct{ reason any }

func (e errPanicked) Error() string {
	return fmt.Sprintf("the storage extension panicked: %v", e.reason)
}

// withoutPanics turns a panic of a call into its error. This includes a page of a
// memory-mapped file that the disk cannot read.
func withoutPanics(call func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if reason := recover(); reason != nil {
			err = errPanicked{reason}
		}
	}()
	return call()
}

func (c *sturdyClient) do(call func() error) error {
	if broken := c.broken.Load(); broken != nil {
		return *broken
	}
	err := withoutPanics(call)
	if _, panicked := err.(errPanicked); panicked && c.broken.CompareAndSwap(nil, &err) { //nolint:errorlint // it is never wrapped
		c.told(err)
	}
	return err
}

// Get reads a value.
func (c *sturdyClient) Get(ctx context.Context, key string) (value []byte, err error) {
	err = c.do(func() error {
		value, err = c.client.Get(ctx, key)
		return err
	})
	return value, err
}

// Set writes a value.
func (c *sturdyClient) Set(ctx context.Context, key string, value []byte) error {
	return c.do(func() error { return c.client.Set(ctx, key, value) })
}

// Delete removes a value.
func (c *sturdyClient) Delete(ctx context.Context, key string) error {
	return c.do(func() error { return c.client.Delete(ctx, key) })
}

// Batch is a transaction.
func (c *sturdyClient) Batch(ctx context.Context, operations ...*storage.Operation) error {
	return c.do(func() error { return c.client.Batch(ctx, operations...) })
}

// Close closes the client. One that panicked stays open, because it could wait forever.
func (c *sturdyClient) Close(ctx context.Context) error {
	if c.broken.Load() != nil {
		return nil
	}
	return c.do(func() error { return c.client.Close(ctx) })
}

// reportBroken says that the storage is out of use.
func (s *Storage) reportBroken(err error) {
	s.settings.Logger.Error("The storage of the queue has failed. Until the Collector is restarted, its visits wait there and new ones are refused. If it fails again, move its file away.",
		zap.String("storage", s.extension.String()), zap.Error(err))
}
