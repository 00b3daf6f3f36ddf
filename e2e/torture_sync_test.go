package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestTortureEvery202FollowsASync reads the server's system calls: between two answers with 202, the write-ahead log was
// written and then synced. One poster posts, so that each answer has a commit of its own.
func TestTortureEvery202FollowsASync(t *testing.T) {
	t.Parallel()
	began := time.Now()
	trace := filepath.Join(t.TempDir(), "trace")
	require.NoError(t, unix.Mkfifo(trace, 0o600)) // it ends when the tracer does
	answers := make(chan int, 1)
	go func() { answers <- countSynced(t, trace) }()

	h := startBuild(t, strings.Join([]string{
		straceBinary(t), "-D", "-f", "-qq", "-y", "-s", "24", "-o", trace,
		"-e", "trace=pwrite64,fsync,fdatasync,write", "--", binary,
	}, "\x00"))
	owner := h.newAPI()
	bot := call[struct{ ID string }](owner, "POST", "/v1/bots", object{"name": "Sync"}, http.StatusCreated).ID
	l := newLedger()
	for i := range tortureSyncs {
		l.post(http.DefaultClient, owner, bot, fmt.Sprint("sync-", i))
	}
	require.Len(t, l.accepted, tortureSyncs)
	h.stop()
	require.Equal(t, tortureSyncs, <-answers)
	noteTorture(tortureRow{"every 202 follows a sync (system calls)", 1, tortureSyncs, 0, 0, 0, time.Since(began)})
}

// What strace says: "1234 pwrite64(9</tmp/iozen.db-wal>, …", and of a call that another thread's interrupted, its end
// as "1234 <... fsync resumed>".
var (
	walWrite = regexp.MustCompile(`^(\d+) +pwrite64\(\d+<[^>]*-wal>`)
	walSync  = regexp.MustCompile(`^(\d+) +f(?:data)?sync\(\d+<[^>]*-wal>(.*)`)
	syncEnd  = regexp.MustCompile(`^(\d+) +<\.\.\. f(?:data)?sync resumed>.*= 0`)
	answer   = regexp.MustCompile(`^\d+ +write\(\d+<.*>, "HTTP/1\.1 202 `)
)

// countSynced counts the answers with 202, and fails for each one without a sync of a new write before it.
func countSynced(t *testing.T, trace string) (answers int) {
	t.Helper()
	f, err := os.Open(trace)
	if !assert.NoError(t, err) {
		return 0
	}
	defer f.Close()
	written, synced, syncing := false, false, ""
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		switch {
		case walWrite.MatchString(line):
			written = true
		case walSync.MatchString(line):
			m := walSync.FindStringSubmatch(line)
			if strings.Contains(m[2], "unfinished") {
				syncing = m[1]
			} else {
				synced = written && strings.Contains(m[2], "= 0")
			}
		case syncing != "" && syncEnd.MatchString(line) && syncEnd.FindStringSubmatch(line)[1] == syncing:
			synced, syncing = written, ""
		case answer.MatchString(line):
			assert.True(t, written && synced, "line %d: a 202 before its sync: %s", n, line)
			answers++
			written, synced = false, false
		}
	}
	assert.NoError(t, lines.Err())
	return answers
}
