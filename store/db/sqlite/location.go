package sqlite

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"iozen/store/db/schema"
	"iozen/store/durable"
)

// DatabasePath reads sqlite:PATH and returns the file that it leads to, symbolic links followed. It touches nothing. What
// is wrong is said without repeating the text: an address of another database holds a password.
func DatabasePath(url string) (string, error) {
	scheme, path, found := strings.Cut(url, ":")
	wrong := func(what string) (string, error) {
		return "", fmt.Errorf("%s. Write sqlite:PATH, such as sqlite:./data/iozen.db or sqlite:/var/lib/iozen/iozen.db, or postgres://USER@HOST/DATABASE", what)
	}
	switch {
	case !found || scheme != "sqlite":
		return wrong("does not begin with sqlite:")
	case path == "":
		return wrong("names no file")
	case schema.OddPath(path) != "":
		return wrong(schema.OddPath(path))
	case strings.HasPrefix(path, "//"):
		return wrong("begins with sqlite://, which programs read in different ways")
	case strings.HasPrefix(path, ":"), strings.HasPrefix(path, "file:"), strings.Contains(path, "?"):
		return wrong("is no plain path of a file")
	case strings.HasSuffix(path, "/"), path == ".", strings.HasSuffix(path, "/."), strings.HasSuffix(path, ".."):
		return wrong("names a folder, not a file")
	}
	return durable.Followed(path)
}

// CheckKeyFile refuses a key file that is one of the database's own files, by whatever name: SQLite would write over it.
func CheckKeyFile(database, keyFile string) error {
	if err := schema.CheckKeyFile(keyFile); err != nil {
		return err
	}
	database, err := absolute(database)
	if err != nil {
		return err
	}
	if keyFile, err = absolute(keyFile); err != nil {
		return err
	}
	if isOf(database, keyFile) {
		return fmt.Errorf("%s belongs to the database. It must be a file of its own, %s", filepath.Base(keyFile), schema.ExampleKeyFile)
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
