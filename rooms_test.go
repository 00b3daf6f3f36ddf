package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rooms are the packages of the program, and which of our packages each imports (docs/architecture.md). A new arrow is a
// decision, so it has to be added here.
var rooms = map[string]string{
	".": `handlers handlers/auth handlers/receive handlers/server handlers/settings sender/attempt sender/engine
		sender/notify sender/target store store/clock store/db store/db/transfer store/event store/secret store/upkeep`,
	"handlers": `handlers/auth sender/alert sender/attempt sender/engine sender/notify sender/outcome sender/receivers
		sender/target static store store/db store/event store/event/consent store/event/field store/event/filter
		store/event/format store/event/success store/event/template store/option store/strictjson store/text store/upkeep
		views views/ui`,
	"handlers/auth":     "store store/text",
	"handlers/receive":  "sender/attempt",
	"handlers/server":   "sender/engine store",
	"handlers/settings": "sender/notify sender/outcome sender/target store store/db store/db/postgres store/db/sqlite store/db/transfer store/secret",
	"views":             "static views/ui",
	"views/ui":          "",
	"static":            "",

	"sender/target":    "store store/event store/text",
	"sender/outcome":   "sender/target store store/event/success",
	"sender/attempt":   "sender/outcome sender/target store store/event store/event/consent store/event/format store/event/success store/event/template store/mask store/option store/rescue",
	"sender/engine":    "sender/attempt sender/outcome store store/clock store/event store/failpoint store/member store/rescue",
	"sender/alert":     "sender/outcome store",
	"sender/notify":    "sender/alert sender/outcome store store/rescue store/worker",
	"sender/receivers": "",

	"store":                "store/option store/person store/text",
	"store/event":          "store store/mask store/person store/strictjson store/text",
	"store/event/field":    "store/event store/strictjson store/text",
	"store/event/template": "store/event/field store/strictjson store/text",
	"store/event/admit":    "store store/event store/event/consent store/event/field store/event/filter store/option",
	"store/event/filter":   "store/event/field store/option store/strictjson store/text",
	"store/event/consent":  "store/event store/event/field store/option store/strictjson",
	"store/event/format":   "store/event/field store/event/template store/option store/strictjson store/text",
	"store/event/success":  "store/option store/strictjson store/text",
	"store/option":         "",
	"store/secret":         "store store/durable",
	"store/db":             "store store/clock store/db/dialect store/db/feed store/db/group store/db/memory store/db/number store/db/postgres store/db/replica store/db/sealed store/db/sqlite store/db/statement store/event/admit store/failpoint store/member store/option store/rescue store/secret store/text",
	"store/db/dialect":     "store/db/statement",
	"store/db/feed":        "store",
	"store/db/group":       "store",
	"store/db/memory":      "store",
	"store/db/number":      "",
	"store/db/postgres":    "store store/clock store/db/replica store/db/schema store/db/sealed store/db/statement store/member store/secret",
	"store/db/replica":     "store store/rescue",
	"store/db/schema":      "store store/secret",
	"store/db/sealed":      "store store/db/statement store/secret",
	"store/db/sqlite":      "store store/db/replica store/db/schema store/db/sealed store/db/statement store/durable store/failpoint store/member store/secret",
	"store/db/statement":   "",
	"store/db/transfer":    "store/db/postgres store/db/sqlite store/db/statement store/secret",
	"store/upkeep":         "store store/rescue store/worker",
	"store/mask":           "store/text",
	"store/member":         "",
	"store/person":         "store/text",
	"store/worker":         "store/rescue",
	"store/clock":          "",
	"store/durable":        "",
	"store/failpoint":      "",
	"store/rescue":         "",
	"store/strictjson":     "",
	"store/text":           "",
}

const (
	// largest is how many files a package may have before it should become two.
	largest = 25
	// longest is how many lines a file may have in a package of many files.
	longest = 350
)

// ofManyFiles are the packages that have a file for each page, and for each thing that is kept or done with what is kept.
var ofManyFiles = []string{"handlers", "views", "store/db", "store/storetest"}

type listed struct {
	Dir, ImportPath string
	Imports         []string
	GoFiles         []string
}

func TestImportsPointAsTheArchitectureSays(t *testing.T) {
	for _, p := range listPackages(t, "-deps", ".") {
		want, known := rooms[p.ImportPath]
		require.True(t, known, "%s is a room that the table does not name", p.ImportPath)
		ours := []string{}
		for _, i := range p.Imports {
			if room, ok := strings.CutPrefix(i, "iozen/"); ok {
				ours = append(ours, room)
			}
		}
		require.Equal(t, strings.Fields(want), ours, "what %s imports of ours", p.ImportPath)
	}
}

func TestARoomHasFewFilesOrShortOnes(t *testing.T) {
	for _, p := range listPackages(t, "./...") {
		if !slices.Contains(ofManyFiles, p.ImportPath) {
			require.LessOrEqual(t, len(p.GoFiles), largest, "files of %s", p.ImportPath)
			continue
		}
		for _, file := range p.GoFiles {
			if strings.HasSuffix(file, "_templ.go") { // generated
				continue
			}
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			require.NoError(t, err)
			require.LessOrEqual(t, bytes.Count(text, []byte("\n")), longest, "lines of %s in %s", file, p.ImportPath)
		}
	}
	root, err := filepath.Glob("*.go")
	require.NoError(t, err)
	root = slices.DeleteFunc(root, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	require.Equal(t, []string{"main.go", "main_commands.go", "main_serve.go"}, root)
}

// listPackages are the packages of this module that go list finds, each named from the module's root.
func listPackages(t *testing.T, args ...string) (ours []listed) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-tags", "netgo", "-json=Dir,ImportPath,Imports,GoFiles"}, args...)...).Output()
	require.NoError(t, err)
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := decoder.Decode(&p)
		if err == io.EOF {
			require.NotEmpty(t, ours)
			return ours
		}
		require.NoError(t, err)
		switch room, inside := strings.CutPrefix(p.ImportPath, "iozen/"); {
		case inside:
			p.ImportPath = room
			ours = append(ours, p)
		case p.ImportPath == "iozen":
			p.ImportPath = "."
			ours = append(ours, p)
		}
	}
}
