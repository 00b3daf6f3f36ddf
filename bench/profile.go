package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
)

// profiled runs a child with its CPU and allocations written to a folder ("": not), to be read with go tool pprof.
func profiled(dir string, run func() error) error {
	if dir == "" {
		return run()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	cpu, err := os.Create(filepath.Join(dir, "cpu.pprof"))
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return errors.Join(err, cpu.Close())
	}
	err = run()
	pprof.StopCPUProfile()
	return errors.Join(err, cpu.Close(), writeAllocs(filepath.Join(dir, "allocs.pprof")))
}

func writeAllocs(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	runtime.GC() // what was allocated until now counts
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}
