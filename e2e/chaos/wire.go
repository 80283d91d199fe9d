// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// wire is a connection through the tcpProxy, with its two ends.
type wire struct {
	client, api net.Conn
	silent      atomic.Bool // whether all bytes are lost
}

// toAPI writes to the API's end of a wire.
type toAPI struct {
	*wire
	pace *pace
}

func (w toAPI) Write(p []byte) (int, error) {
	if w.silent.Load() {
		return len(p), nil
	}
	w.pace.wait(len(p))
	return w.api.Write(p)
}

// pace limits the bytes per second of a line that connections share. The zero pace has no
// limit.
type pace struct {
	perSecond atomic.Int64
	turn      sync.Mutex
}

// wait returns when the line has carried n bytes, after those that came before.
func (p *pace) wait(n int) {
	p.turn.Lock()
	defer p.turn.Unlock()
	if perSecond := p.perSecond.Load(); perSecond > 0 {
		time.Sleep(time.Duration(n) * time.Second / time.Duration(perSecond))
	}
}
