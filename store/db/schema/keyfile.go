package schema

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// ExampleKeyFile ends sentences about a path that is not one of a key file.
const ExampleKeyFile = "such as ./data/iozen.key"

// CheckKeyFile refuses a path that was hardly meant.
func CheckKeyFile(path string) error {
	if path == "" {
		return errors.New("must be a file of its own, " + ExampleKeyFile)
	}
	if odd := OddPath(path); odd != "" {
		return fmt.Errorf("%s. Write the path of a file, %s", odd, ExampleKeyFile)
	}
	return nil
}

// OddPath says why a path is probably not what was meant, or "".
func OddPath(path string) string {
	switch {
	case strings.TrimSpace(path) != path || strings.ContainsFunc(path, unicode.IsControl):
		return "has a space at its beginning or end, or a control character"
	case path == "~" || strings.HasPrefix(path, "~/"), strings.HasPrefix(path, "$"):
		return "begins with ~ or $, which only a shell reads"
	}
	return ""
}
