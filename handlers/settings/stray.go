package settings

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Stray are names of variables that look like settings and are none.
type Stray []string

// secretVariables have no flag of their own: flags are seen by everyone who lists processes.
var secretVariables = []string{"IOZEN_SMTP_URL", "IOZEN_RECEIVE_SECRET"}

// StrayIn finds what is set and read by no command: IOZEN_PUBLICURL would otherwise be as good as nothing, in silence. It is
// no mistake that ends the start: Kubernetes sets names of its own for a service that is called iozen.
func StrayIn(environ []string, app *kong.Application) (stray Stray) {
	known := map[string]bool{}
	for _, name := range secretVariables {
		known[name] = true
	}
	for _, command := range app.Leaves(false) {
		for _, flag := range command.Flags {
			for _, name := range flag.Envs {
				known[name] = true
			}
		}
	}
	for _, variable := range environ {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(strings.ToUpper(name), "IOZEN_") && !known[name] {
			stray = append(stray, name)
		}
	}
	slices.Sort(stray)
	return stray
}
