package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// Listen opens a listener on host:port. The error says what to do if that is not possible.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, explain(err)
	}
	return l, nil
}

func explain(err error) error {
	var name *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w. Another program listens there: stop it, or choose another port", err)
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &name):
		return fmt.Errorf("%w. It must be an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them", err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w. Ports below 1024 are for root: choose a higher one", err)
	}
	return err
}

// Reachable turns "every address" (":8080", "0.0.0.0:8080") into one that can be dialled on this machine.
func Reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	ip, err := netip.ParseAddr(host)
	if host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// IsLoopback reports whether only this machine can reach a listener's address.
func IsLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
