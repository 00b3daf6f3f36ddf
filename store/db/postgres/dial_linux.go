package postgres

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// sendTimeout ends a connection on which what was sent stays without an acknowledgement: keepalives ask only while nothing
// is under way.
func sendTimeout(conn *net.TCPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var refused error
	err = raw.Control(func(fd uintptr) {
		refused = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(notHeard.Milliseconds()))
	})
	return errors.Join(err, refused)
}
