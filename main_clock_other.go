//go:build !linux

package main

import "time"

// sinceBoot stands still while the machine sleeps: the time after a sleep is then followed when it has stayed.
func sinceBoot() func() time.Duration {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}
