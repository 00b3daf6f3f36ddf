package settings

import (
	"fmt"
	"os"
	"strings"
)

// longestSecret is longer than any secret that we read from a file.
const longestSecret = 64 << 10

// Secret reads a secret from its variable or from a file; flags would show it to everyone who lists processes.
// It is an *Error when both are set, or the file cannot be read.
func Secret(variable, file string) (string, error) {
	value := os.Getenv(variable)
	if file == "" {
		return value, nil
	}
	if value != "" {
		return "", &Error{variable, fmt.Errorf("is set, and %s_FILE too. Set one of them", variable)}
	}
	info, err := os.Stat(file)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > longestSecret) {
		err = fmt.Errorf("%s is not a plain file of less than %d KiB", file, longestSecret>>10)
	}
	if err != nil {
		return "", &Error{variable + "_FILE", err}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", &Error{variable + "_FILE", err}
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// Secrets is Secret for several, comma separated.
func Secrets(variable, file string) (secrets []string, err error) {
	text, err := Secret(variable, file)
	for _, secret := range strings.Split(text, ",") {
		if secret = strings.TrimSpace(secret); secret != "" {
			secrets = append(secrets, secret)
		}
	}
	return secrets, err
}
