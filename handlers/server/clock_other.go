//go:build !linux

package server

import "time"

// SinceBoot is time that nobody can set. It stands still while the machine sleeps, so waking up looks like a jump of the wall
// clock, which the queue's clock follows once it has lasted.
func SinceBoot() func() time.Duration {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}
