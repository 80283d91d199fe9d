// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
)

// FreePorts gives ports of this range. Systems take the local ports of
// connections, and those of listeners that name none, from above it (Linux from
// 32768, others from 49152). So a port stays free while a Collector that uses it
// is started again.
const (
	firstPort = 20_000
	lastPort  = 32_767
)

// reserved are UDP sockets, one for each port that was given. They keep other
// processes that call FreePorts from being given the same one; the TCP port of
// the same number stays free.
var reserved struct {
	sync.Mutex
	sockets []net.PacketConn
}

// FreePorts returns n different TCP ports that are free on 127.0.0.1. No caller
// of FreePorts on this machine is given one of them before this process ends.
func FreePorts(n int) ([]int, error) {
	reserved.Lock()
	defer reserved.Unlock()
	const ports = lastPort - firstPort + 1
	start := rand.N(ports) //nolint:gosec // keeps processes apart, guards nothing
	free := make([]int, 0, n)
	for i := 0; i < ports && len(free) < n; i++ {
		port := firstPort + (start+i)%ports
		if socket := reserve(port); socket != nil {
			reserved.sockets = append(reserved.sockets, socket)
			free = append(free, port)
		}
	}
	if len(free) < n {
		return nil, errors.New("too few free ports on 127.0.0.1 between 20000 and 32767")
	}
	return free, nil
}

// reserve returns nil if a port is in use or was given before. It does not listen
// on the port to find out: a child that is being started at that moment would keep
// the port from its parent until it is on its way.
func reserve(port int) net.PacketConn {
	localhost := net.IPv4(127, 0, 0, 1)
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: localhost, Port: port})
	if err != nil {
		return nil
	}
	connection, err := net.DialTCP("tcp4", nil, &net.TCPAddr{IP: localhost, Port: port})
	if err == nil {
		_ = connection.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		_ = socket.Close()
		return nil
	}
	return socket
}
