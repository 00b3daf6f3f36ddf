package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// errPostgres is said of an address that a later version will understand.
var errPostgres = errors.New("PostgreSQL is not in this version. Use a SQLite file, such as sqlite:./data/iozen.db")

// DatabasePath reads sqlite:PATH and returns the file that it leads to, symbolic links followed. It touches nothing. What
// is wrong is said without repeating the text: an address of another database holds a password.
func DatabasePath(url string) (string, error) {
	scheme, path, found := strings.Cut(url, ":")
	wrong := func(what string) (string, error) {
		return "", fmt.Errorf("%s. Write sqlite:PATH, such as sqlite:./data/iozen.db or sqlite:/var/lib/iozen/iozen.db", what)
	}
	switch s := strings.ToLower(strings.TrimSpace(scheme)); {
	case found && (s == "postgres" || s == "postgresql"):
		return "", errPostgres
	case !found || scheme != "sqlite":
		return wrong("does not begin with sqlite:")
	case path == "":
		return wrong("names no file")
	case strings.TrimSpace(path) != path || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' }):
		return wrong("has a space or control character at its beginning or end")
	case strings.HasPrefix(path, "//"):
		return wrong("begins with sqlite://, which programs read in different ways")
	case strings.HasPrefix(path, ":"), strings.HasPrefix(path, "file:"), strings.Contains(path, "?"):
		return wrong("is no plain path of a file")
	case strings.HasSuffix(path, "/"), path == ".", strings.HasSuffix(path, "/."), strings.HasSuffix(path, ".."):
		return wrong("names a folder, not a file")
	}
	return followed(path)
}

// mostLinks is how many symbolic links may lead from one to the next, as on Linux.
const mostLinks = 40

// followed is the path of the file itself. Unlike filepath.EvalSymlinks it takes a file that does not exist yet.
func followed(path string) (string, error) {
	for range mostLinks {
		target, err := os.Readlink(path)
		if err != nil { // not a link, or nothing there
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if errors.Is(err, fs.ErrNotExist) {
				return filepath.Clean(path), nil
			}
			if err != nil {
				return "", err
			}
			return filepath.Join(dir, filepath.Base(path)), nil
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return "", errors.New("symbolic links lead in a circle")
}
