// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
)

// tcpProxy forwards TCP connections to the API and can break them. The scenarios need
// resets after an exact number of bytes and an exact number of lost answers. This is less
// code than the smallest library for that.
type tcpProxy struct {
	address  string
	upstream string

	mu          sync.Mutex
	listener    net.Listener
	connections map[net.Conn]*wire
	serving     sync.WaitGroup
	fault       fault
	pace        pace // of all connections together, toward the API
}

// fault is how the proxy breaks connections.
type fault struct {
	// resetAfter is the number of bytes after which a connection is reset; 0 means
	// never.
	resetAfter int64
	// loseAnswers resets the connection when the API answers.
	loseAnswers bool
	// holdAnswers delays each answer until the channel is closed.
	holdAnswers <-chan struct{}
	// times is how often resetAfter and loseAnswers apply.
	times int
}

func newTCPProxy(upstream string) (*tcpProxy, error) {
	ports, err := collector.FreePorts(1)
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0]))
	p := &tcpProxy{upstream: upstream, address: address, connections: map[net.Conn]*wire{}}
	return p, p.open()
}

// open accepts connections, always at the same address.
func (p *tcpProxy) open() error {
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.listener = listener
	p.mu.Unlock()
	p.serving.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			p.serving.Go(func() { p.serve(client) })
		}
	})
	return nil
}

// close refuses new connections and closes the open ones.
func (p *tcpProxy) close() {
	p.mu.Lock()
	_ = p.listener.Close()
	for connection := range p.connections {
		_ = connection.Close()
	}
	p.mu.Unlock()
	p.serving.Wait()
}

// disturb applies a fault to all further connections. It closes the open ones, so that
// the next request meets the fault.
func (p *tcpProxy) disturb(f fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
	for connection := range p.connections {
		_ = connection.Close()
	}
}

// remaining is how often the fault still applies.
func (p *tcpProxy) remaining() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault.times
}

// use returns the fault and counts down its times, if it is of the wanted sort.
func (p *tcpProxy) use(wanted func(fault) bool) (fault, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault.times == 0 || !wanted(p.fault) {
		return fault{}, false
	}
	p.fault.times--
	return p.fault, true
}

// held returns the channel for which answers wait, or nil.
func (p *tcpProxy) held() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault.holdAnswers
}

// silence makes the open connections lose everything from now on. They stay open.
func (p *tcpProxy) silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.connections {
		w.silent.Store(true)
	}
}

// track remembers the two ends of a wire while they are open.
func (p *tcpProxy) track(w *wire, open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, end := range []net.Conn{w.client, w.api} {
		if open {
			p.connections[end] = w
		} else {
			delete(p.connections, end)
		}
	}
}

// serve forwards a connection in both directions.
func (p *tcpProxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	dialer := net.Dialer{Timeout: time.Second}
	api, err := dialer.DialContext(context.Background(), "tcp", p.upstream)
	if err != nil {
		return
	}
	defer func() { _ = api.Close() }()
	w := &wire{client: client, api: api}
	p.track(w, true)
	defer p.track(w, false)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.forwardRequests(w)
		_ = api.Close()
	}()
	p.forwardAnswers(w, ended)
	_ = client.Close()
	<-ended
}

// forwardRequests copies from the client to the API.
func (p *tcpProxy) forwardRequests(w *wire) {
	if f, ok := p.use(func(f fault) bool { return f.resetAfter > 0 }); ok {
		_, _ = io.CopyN(w.api, w.client, f.resetAfter)
		reset(w.api)
		reset(w.client)
		return
	}
	_, _ = io.Copy(toAPI{w, &p.pace}, w.client)
}

// forwardAnswers copies from the API to the client. Each answer of the stand-in arrives
// in a single read.
func (p *tcpProxy) forwardAnswers(w *wire, ended <-chan struct{}) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := w.api.Read(buffer)
		if w.silent.Load() {
			n = 0
		}
		if n > 0 {
			if _, lose := p.use(func(f fault) bool { return f.loseAnswers }); lose {
				reset(w.client)
				return
			}
			if hold := p.held(); hold != nil {
				select {
				case <-hold:
				case <-ended:
				}
			}
			if _, err := w.client.Write(buffer[:n]); err != nil {
				return
			}
		}
		if errors.Is(err, syscall.ECONNRESET) {
			reset(w.client)
		}
		if err != nil {
			return
		}
	}
}

// reset closes a connection with a TCP reset.
func reset(connection net.Conn) {
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}
