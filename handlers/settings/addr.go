package settings

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// CheckAddr accepts host:port for a listener. The error is a sentence that ends with the example.
func CheckAddr(text, example string) error {
	host, port, err := net.SplitHostPort(text)
	if err == nil {
		var n int
		if n, err = strconv.Atoi(port); err == nil && (n < 0 || n > 65535) {
			err = errors.New("no such port")
		}
	}
	if err != nil || strings.ContainsAny(host, "/@ ") {
		return fmt.Errorf("%q is no address to listen on. Write host:port, such as %s", text, example)
	}
	return nil
}
