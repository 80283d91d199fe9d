// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"fmt"
	"net"
	"testing"
)

// This covers other processes too, because they see the socket that reserves a port.
func TestAPortIsReturnedOnce(t *testing.T) {
	seen := map[int]bool{}
	for range 20 {
		ports, err := FreePorts(3)
		if err != nil {
			t.Fatal(err)
		}
		for _, port := range ports {
			if seen[port] {
				t.Errorf("port %d was returned twice", port)
			}
			seen[port] = true
			if port < firstPort || port > lastPort {
				t.Errorf("port %d is an ephemeral port", port)
			}
			if again := reserve(port); again != nil {
				t.Errorf("port %d is not reserved", port)
			}
			listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				t.Fatalf("port %d is not free: %v", port, err)
			}
			_ = listener.Close()
		}
	}
}

func TestAPortInUseIsNotReturned(t *testing.T) {
	ports, err := FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", ports[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	last := len(reserved.sockets) - 1
	_ = reserved.sockets[last].Close()
	reserved.sockets = reserved.sockets[:last]
	if socket := reserve(ports[0]); socket != nil {
		t.Errorf("port %d is in use and was reserved", ports[0])
	}
}
