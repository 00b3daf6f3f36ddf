//go:build profile

package server

import (
	"errors"
	"os"
	"runtime/pprof"
)

// Profiled runs the server and writes where its processor time went to the file that IOZEN_PROFILE names.
func Profiled(run func() error) error {
	f, err := os.Create(os.Getenv("IOZEN_PROFILE"))
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(err, f.Close())
	}
	err = run()
	pprof.StopCPUProfile()
	return errors.Join(err, f.Close())
}
