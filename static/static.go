// Package static owns the files that a browser loads: the pinned vendored ones (see vendor/SHA256SUMS), our own
// style sheets in css/, which are one file for a browser, and the small scripts in js/.
//
// It promises that a URL never changes its content: each carries a hash of all files together, so that answers
// may be kept forever and a script's relative imports stay within the same set. Nothing is read from disk at
// run time, and nothing is compressed twice.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"sync"
)

//go:embed css icon.svg icon-failing.svg js vendor
var files embed.FS

// Prefix is the path under which Handler is mounted.
const Prefix = "/static/"

// sheets are the style sheets in the order in which they hold: a later one may change what an earlier one says.
var sheets = []string{"tokens", "page", "shell", "parts", "rows", "flow", "test", "first", "log", "delivery", "home", "developer", "account", "panels", "prose", "feedback", "palette", "settings", "endpoints"}

// asset is one file, ready to be served.
type asset struct {
	contentType string
	plain       []byte
	gzipped     []byte // nil when gzip gains nothing
}

// set is all assets by path, and the hash of their paths and contents.
type set struct {
	hash   string
	assets map[string]asset
}

var load = sync.OnceValue(func() set { return mustLoad(files) })

// URL returns the address of an asset, such as URL("js/app.js"). It panics for a file that is not there:
// a misspelt name must fail in the first test that renders the page.
func URL(name string) string {
	s := load()
	if _, ok := s.assets[name]; !ok {
		panic("static: no file " + name)
	}
	return Prefix + s.hash + "/" + name
}

// mustLoad reads all files once. They are embedded, so a failure can only be a mistake in the build.
func mustLoad(fsys fs.FS) set {
	s := set{assets: map[string]asset{}}
	sum := sha256.New()
	add := func(name string, content []byte) {
		fmt.Fprintf(sum, "%s %d\n", name, len(content))
		sum.Write(content)
		s.assets[name] = newAsset(name, content)
	}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Dir(name) == "css" {
			return err
		}
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		add(name, content)
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("static: read embedded files: %v", err))
	}
	add("app.css", mustJoin(fsys))
	s.hash = hex.EncodeToString(sum.Sum(nil))[:12]
	return s
}

// mustJoin makes one file of our style sheets: a page asks once, and the parts stay small enough to read.
func mustJoin(fsys fs.FS) []byte {
	var all bytes.Buffer
	for _, name := range sheets {
		content, err := fs.ReadFile(fsys, "css/"+name+".css")
		if err != nil {
			panic(fmt.Sprintf("static: read style sheet: %v", err))
		}
		all.Write(content)
	}
	return all.Bytes()
}

func newAsset(name string, content []byte) asset {
	a := asset{contentType: contentType(name), plain: content}
	if small := gzipped(content); len(small) < len(content) {
		a.gzipped = small
	}
	return a
}

// contentType does not use the machine's MIME table for scripts and styles: with nosniff, a browser refuses a wrong type.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "text/plain; charset=utf-8"
}

func gzipped(content []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
	w.Write(content)                                        // a bytes.Buffer does not fail
	w.Close()
	return out.Bytes()
}
