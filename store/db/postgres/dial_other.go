//go:build !linux

package postgres

import "net"

func sendTimeout(*net.TCPConn) error { return nil } // only Linux has it
