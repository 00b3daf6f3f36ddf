//go:build !profile

package server

// Profiled runs the server. In builds for make bench -profile (tag profile) it writes a profile of it; this is all others.
func Profiled(run func() error) error { return run() }
