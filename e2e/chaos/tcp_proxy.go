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
	connections map[net.Conn]struct{}
	serving     sync.WaitGroup
	fault       fault
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
	p := &tcpProxy{upstream: upstream, address: address, connections: map[net.Conn]struct{}{}}
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

func (p *tcpProxy) track(connection net.Conn, open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if open {
		p.connections[connection] = struct{}{}
	} else {
		delete(p.connections, connection)
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
	for _, end := range []net.Conn{client, api} {
		p.track(end, true)
		defer p.track(end, false)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.forwardRequests(api, client)
		_ = api.Close()
	}()
	p.forwardAnswers(client, api, ended)
	_ = client.Close()
	<-ended
}

// forwardRequests copies from the client to the API.
func (p *tcpProxy) forwardRequests(api, client net.Conn) {
	if f, ok := p.use(func(f fault) bool { return f.resetAfter > 0 }); ok {
		_, _ = io.CopyN(api, client, f.resetAfter)
		reset(api)
		reset(client)
		return
	}
	_, _ = io.Copy(api, client)
}

// forwardAnswers copies from the API to the client. Each answer of the stand-in arrives
// in a single read.
func (p *tcpProxy) forwardAnswers(client, api net.Conn, ended <-chan struct{}) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := api.Read(buffer)
		if n > 0 {
			if _, lose := p.use(func(f fault) bool { return f.loseAnswers }); lose {
				reset(client)
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

// reset closes a connection with a TCP reset.
func reset(connection net.Conn) {
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}
