// Package settings reads what an operator sets: flags, environment variables and the files that those name.
//
// It owns what each setting means, and refuses one that does not mean what it seems to say: before a file is made or a port
// opened, in a sentence that names the setting and ends with a good example. It never repeats a secret, and never takes one
// from a flag, because everybody who lists processes sees those.
package settings

// Error is a flag or variable whose value cannot be understood.
type Error struct {
	Name string // of the variable, such as IOZEN_ADDR, or of the flag
	Err  error
}

// Error says which setting it is and what to write instead.
func (e *Error) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap is for errors.Is.
func (e *Error) Unwrap() error { return e.Err }
