package e2e

import (
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// office is an installation with the people who use it.
type office struct {
	*installation
	maria, tom *person
}

// theOffice is shared by all tests that make bots of their own, and neither stop the server nor count what else is there.
var theOffice struct {
	once sync.Once
	office
	opened bool
	desks  atomic.Int32 // bots that were made: each has a name of its own
}

// sharedOffice is theOffice, as a test sees it.
func sharedOffice(t *testing.T) *office {
	t.Helper()
	theOffice.once.Do(func() {
		h := startIn(t, filepath.Dir(binary), binary)
		theOffice.installation = h
		theOffice.maria, theOffice.tom = h.newPerson("maria@acme.example"), h.newPerson("tom@acme.example")
		theOffice.opened = true
	})
	require.True(t, theOffice.opened, "the shared server could not be started: see the first test that failed")
	here := *theOffice.installation
	here.t = t
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the shared server's log:\n%s", here.log)
		}
	})
	return &office{installation: &here, maria: theOffice.maria, tom: theOffice.tom}
}

func closeOffice() {
	if theOffice.installation != nil {
		_ = theOffice.cmd.Process.Kill()
		<-theOffice.exited
	}
}

// sharedSettings makes a bot in the shared office, and stays on its webhook settings.
func sharedSettings(t *testing.T) (*installation, *page) {
	t.Helper()
	d := sharedOffice(t).newDesk(t)
	d.has(button, "Test Connection")
	return d.office.installation, d.page
}
