//go:build !linux

package clock

import "time"

// SinceBoot is time that nobody can set. It stands still while the machine sleeps, so waking up looks like a leap, which is
// followed once it has lasted.
func SinceBoot() func() time.Duration {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}
