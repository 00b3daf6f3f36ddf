package db

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// childVariable names what this test binary is to be instead: a process that may be killed, or run out of disk.
const childVariable = "IOZEN_STORE_TEST_CHILD"

var children = map[string]func(path string) error{
	"accept":    acceptForever,
	"disk full": fillDisk,
	"no files":  exhaustFiles,
	"jobs":      stepForever,

	"half a backup":       dieInTheBackup,
	"backup without room": backUpWithoutRoom,
}

func TestMain(m *testing.M) {
	if child := os.Getenv(childVariable); child != "" {
		if err := children[child](os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}
