// Package ssrftest reads the battery of URLs that every outbound request is held to (testdata/ssrf_cases.txt,
// whose head describes the format, and ssrf_own.txt). It knows a verdict's policy by heart and independently of the
// guard. It is for tests only.
package ssrftest

import (
	"bufio"
	"embed"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Case is one line: a URL, and what has to become of it.
type Case struct {
	URL     string
	Verdict string // allowed, blocked, nofollow
	Stage   string // save, dial, follow, -
	Rule    string

	Allow []string // IOZEN_ALLOW_TARGETS holds these
	Self  []string // where the server itself listens
	Env   []string // variables of its environment
}

// Name is short enough for a subtest.
func (c Case) Name() string {
	const limit = 60
	return c.Rule + " " + c.URL[:min(len(c.URL), limit)]
}

// Battery is all cases, and the names that they use.
type Battery struct {
	Cases []Case
	Zone  Zone
}

//go:embed testdata
var files embed.FS

// Read reads the battery: the agreed cases and our own.
func Read(t testing.TB) Battery {
	t.Helper()
	b := Battery{Zone: Zone{}}
	for _, name := range []string{"ssrf_cases.txt", "ssrf_own.txt"} {
		b.read(t, "testdata/"+name)
	}
	return b
}

func (b *Battery) read(t testing.TB, path string) {
	t.Helper()
	file, err := files.Open(path)
	require.NoError(t, err)
	defer file.Close()
	var around Case // what the directives before a line say
	for lines := bufio.NewScanner(file); lines.Scan(); {
		columns := strings.Split(lines.Text(), "\t")
		switch columns[0] {
		case "@reset":
			around = Case{}
		case "@allow":
			around.Allow = append(around.Allow[:len(around.Allow):len(around.Allow)], columns[1])
		case "@self":
			around.Self = append(around.Self[:len(around.Self):len(around.Self)], columns[1])
		case "@env":
			around.Env = append(around.Env[:len(around.Env):len(around.Env)], columns[1])
		case "@dns":
			b.Zone.add(columns[1], columns[2])
		default:
			if !strings.HasPrefix(columns[0], "#") {
				b.Cases = append(b.Cases, around.line(t, columns))
			}
		}
	}
}

func (c Case) line(t testing.TB, columns []string) Case {
	t.Helper()
	c.URL, c.Verdict, c.Stage, c.Rule = columns[0], columns[1], columns[2], columns[3]
	if strings.HasPrefix(c.URL, `"`) {
		text, err := strconv.Unquote(c.URL)
		require.NoError(t, err)
		c.URL = text
	}
	return c
}
