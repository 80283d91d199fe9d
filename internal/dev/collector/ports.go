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

// FreePorts picks ports in this range. It is below the ephemeral ports that systems
// assign to connections and to listeners on port 0 (from 32768 on Linux, from 49152
// elsewhere). So a port stays free while the Collector that uses it restarts.
const (
	firstPort = 20_000
	lastPort  = 32_767
)

// reserved holds a UDP socket for each port that FreePorts has returned. The socket
// keeps other processes that call FreePorts from getting the same port. The TCP port
// with that number stays free.
var reserved struct {
	sync.Mutex
	sockets []net.PacketConn
}

// FreePorts returns n different TCP ports that are free on 127.0.0.1. Until this
// process ends, no other call of FreePorts on this machine returns one of them.
func FreePorts(n int) ([]int, error) {
	reserved.Lock()
	defer reserved.Unlock()
	const ports = lastPort - firstPort + 1
	start := rand.N(ports) //nolint:gosec // keeps processes apart; it protects nothing
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

// reserve returns the UDP socket that reserves a port, or nil if the port is in use
// or already reserved. It does not find out by listening: a child that is forked at
// that moment would inherit the listener and hold the port until it calls exec.
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
