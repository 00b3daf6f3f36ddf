//go:build !torture

package failpoint

import "time"

// Reach is called at a point.
func Reach(string) {}

// Wall is wall time.
func Wall() time.Time { return time.Now() }
