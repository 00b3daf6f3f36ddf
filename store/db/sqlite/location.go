package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"iozen/store/durable"
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
	case oddPath(path) != "":
		return wrong(oddPath(path))
	case strings.HasPrefix(path, "//"):
		return wrong("begins with sqlite://, which programs read in different ways")
	case strings.HasPrefix(path, ":"), strings.HasPrefix(path, "file:"), strings.Contains(path, "?"):
		return wrong("is no plain path of a file")
	case strings.HasSuffix(path, "/"), path == ".", strings.HasSuffix(path, "/."), strings.HasSuffix(path, ".."):
		return wrong("names a folder, not a file")
	}
	return durable.Followed(path)
}

// oddPath says why a path is probably not what was meant, or "".
func oddPath(path string) string {
	switch {
	case strings.TrimSpace(path) != path || strings.ContainsFunc(path, unicode.IsControl):
		return "has a space at its beginning or end, or a control character"
	case path == "~" || strings.HasPrefix(path, "~/"), strings.HasPrefix(path, "$"):
		return "begins with ~ or $, which only a shell reads"
	}
	return ""
}

// CheckKeyFile refuses a key file that is one of the database's own files, by whatever name: SQLite would write over it.
func CheckKeyFile(database, keyFile string) error {
	const example = "such as ./data/iozen.key"
	if keyFile == "" {
		return errors.New("must be a file of its own, " + example)
	}
	if odd := oddPath(keyFile); odd != "" {
		return fmt.Errorf("%s. Write the path of a file, %s", odd, example)
	}
	database, err := absolute(database)
	if err != nil {
		return err
	}
	if keyFile, err = absolute(keyFile); err != nil {
		return err
	}
	if isOf(database, keyFile) {
		return fmt.Errorf("%s belongs to the database. It must be a file of its own, %s", filepath.Base(keyFile), example)
	}
	return nil
}

// isOf says whether a file is a database, or one that SQLite or a server keeps beside it. Both paths are absolute.
func isOf(database, file string) bool {
	suffix, found := strings.CutPrefix(file, database)
	return found && slices.Contains([]string{"", "-wal", "-shm", "-journal", ".lock"}, suffix)
}

// absolute is the whole path of the file itself.
func absolute(path string) (string, error) {
	path, err := durable.Followed(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}
