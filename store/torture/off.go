//go:build !torture

package torture

import "time"

// Reach is called at a point.
func Reach(string) {}

// Wall is wall time.
func Wall() time.Time { return time.Now() }
