//go:build !linux

package server

import "time"

// SinceBoot is time that nobody can set. It stands still while the machine sleeps: the time after a sleep is then followed when it has stayed.
func SinceBoot() func() time.Duration {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}
