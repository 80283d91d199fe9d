// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/collector"
)

// proxy passes TCP connections on to the API and can break them. It is our own
// because the scenarios need resets at a given byte and answers lost at a given
// count, which takes less than the smallest library.
type proxy struct {
	address  string
	upstream string

	mu          sync.Mutex
	listener    net.Listener
	connections map[net.Conn]struct{}
	serving     sync.WaitGroup
	fault       fault
}

// fault is how the proxy breaks connections.
type fault struct {
	// resetAfter is the number of bytes of a connection after which it is reset;
	// 0 is never.
	resetAfter int64
	// loseAnswers resets the connection when the API answers.
	loseAnswers bool
	// holdAnswers keeps each answer back until the channel is closed.
	holdAnswers <-chan struct{}
	// times is how often the first two happen; what comes after that passes.
	times int
}

func newProxy(upstream string) (*proxy, error) {
	ports, err := collector.FreePorts(1)
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0]))
	p := &proxy{upstream: upstream, address: address, connections: map[net.Conn]struct{}{}}
	return p, p.open()
}

// open lets connections in, at the same address as before.
func (p *proxy) open() error {
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

// close refuses connections and breaks those that are open.
func (p *proxy) close() {
	p.mu.Lock()
	_ = p.listener.Close()
	for connection := range p.connections {
		_ = connection.Close()
	}
	p.mu.Unlock()
	p.serving.Wait()
}

// do makes the proxy break connections. Those that are open end, so that the
// next request meets the fault.
func (p *proxy) do(f fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
	for connection := range p.connections {
		_ = connection.Close()
	}
}

// left is how often the fault is still to happen.
func (p *proxy) left() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault.times
}

// take uses the fault once, if it is of the wanted sort.
func (p *proxy) take(wanted func(fault) bool) (fault, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault.times == 0 || !wanted(p.fault) {
		return fault{}, false
	}
	p.fault.times--
	return p.fault, true
}

func (p *proxy) held() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault.holdAnswers
}

func (p *proxy) track(connection net.Conn, open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if open {
		p.connections[connection] = struct{}{}
	} else {
		delete(p.connections, connection)
	}
}

// serve passes one connection on, both ways.
func (p *proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	dialer := net.Dialer{Timeout: time.Second}
	api, err := dialer.DialContext(context.Background(), "tcp", p.upstream)
	if err != nil {
		return
	}
	defer func() { _ = api.Close() }()
	for _, end := range []net.Conn{client, api} {
		p.track(end, true)
		defer p.track(end, false)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.up(api, client)
		_ = api.Close()
	}()
	p.down(client, api, ended)
	_ = client.Close()
	<-ended
}

// up passes requests on to the API.
func (p *proxy) up(api, client net.Conn) {
	if f, reset := p.take(func(f fault) bool { return f.resetAfter > 0 }); reset {
		_, _ = io.CopyN(api, client, f.resetAfter)
		abort(api)
		abort(client)
		return
	}
	_, _ = io.Copy(api, client)
}

// down passes answers back. Each of the stand-in's answers is one read.
func (p *proxy) down(client, api net.Conn, ended <-chan struct{}) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := api.Read(buffer)
		if n > 0 {
			if _, lose := p.take(func(f fault) bool { return f.loseAnswers }); lose {
				abort(client)
				return
			}
			if hold := p.held(); hold != nil {
				select {
				case <-hold:
				case <-ended:
				}
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// abort closes a connection with a TCP reset.
func abort(connection net.Conn) {
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}
