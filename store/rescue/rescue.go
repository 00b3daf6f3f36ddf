// Package rescue contains a panic: the piece of work that panicked fails with an error, and the rest of the process goes
// on.
package rescue

import (
	"fmt"
	"runtime/debug"
)

// Panic is a panic as an error. Its text holds the whole stack: it is for the log, never for a page.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v\n\n%s", p.Value, p.Stack) }

// Call runs f and returns its error, or its panic as a *Panic.
func Call(f func() error) (err error) {
	defer Into(&err)
	return f()
}

// Into, when deferred, turns a panic of the function into that function's error.
func Into(err *error) {
	if value := recover(); value != nil {
		*err = &Panic{Value: value, Stack: debug.Stack()}
	}
}
