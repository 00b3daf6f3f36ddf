// Command floor is the bare storage loop, the part of the floor (docs/performance.md) that is about storing: it writes
// again the rows that ioZen has written for some work, into a new database of the same schema and settings, with the same
// library, in groups of the same size, and with nothing around it. It imports nothing of ours.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

// run reads all rows first, and then measures nothing but their writing.
func run(ctx context.Context) error {
	database := flag.String("database", "", "the new database: a data source name of SQLite with all its pragmas, or a URL of PostgreSQL")
	migrations := flag.String("migrations", "store/db/sqlite/migrations/sqlite", "folder with the schema's SQL")
	source := flag.String("rows", "", "the database that ioZen has written, to take the rows from")
	work := flag.String("work", "", "what is measured: accept, deliver or both")
	groups := flag.Int("groups", 1, "how many commits the work is divided into")
	flag.Parse()

	rows, err := readRows(ctx, *source)
	if err != nil {
		return fmt.Errorf("reading %s: %w", *source, err)
	}
	l, err := newLoop(ctx, *database, *migrations)
	if err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	n, err := l.prepare(rows, *work, *groups)
	if err != nil {
		return errors.Join(err, l.close())
	}
	runtime.GC() // what reading has left is not the loop's
	fmt.Println("writing")
	began, before := time.Now(), processorTime()
	if err := l.write(rows, *work, *groups); err != nil {
		return errors.Join(err, l.close())
	}
	took, cost := time.Since(began), processorTime()-before
	fmt.Printf("result %f %f\n", float64(n)/took.Seconds(), float64(cost.Nanoseconds())/1e3/float64(n))
	return l.close()
}

func processorTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // cannot fail for this process
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
