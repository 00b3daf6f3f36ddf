package settings

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Stray are names of variables that look like settings but are not.
type Stray []string

// secretVariables have no flag of their own: flags are seen by everyone who lists processes.
var secretVariables = []string{"IOZEN_SMTP_URL", "IOZEN_RECEIVE_SECRET"}

// StrayIn finds variables that are set but read by no command: otherwise IOZEN_PUBLICURL would be ignored without a word.
// They do not stop the start, because Kubernetes sets names of its own for a service that is called iozen.
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
