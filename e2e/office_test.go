package e2e

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// office is a house with the people who work in it.
type office struct {
	*house
	maria, tom *person
}

// theOffice is one house for every test that leaves it as it found it: that makes bots of its own, and neither stops
// the server nor counts what else there is.
var theOffice struct {
	once sync.Once
	office
	opened bool
}

// sharedOffice is theOffice, as a test sees it.
func sharedOffice(t *testing.T) *office {
	t.Helper()
	theOffice.once.Do(func() {
		h := startHouseIn(t, filepath.Dir(binary), binary)
		theOffice.house = h
		theOffice.maria, theOffice.tom = h.newPerson("maria@acme.example"), h.newPerson("tom@acme.example")
		theOffice.opened = true
	})
	require.True(t, theOffice.opened, "the shared house could not be opened: see the test that came first")
	here := *theOffice.house
	here.t = t
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the shared server's log:\n%s", here.log)
		}
	})
	return &office{house: &here, maria: theOffice.maria, tom: theOffice.tom}
}

func closeOffice() {
	if theOffice.house != nil {
		_ = theOffice.cmd.Process.Kill()
		<-theOffice.exited
	}
}

// sharedSettings makes a bot in the shared office, and stays on its webhook settings.
func sharedSettings(t *testing.T) (*house, *page) {
	t.Helper()
	d := sharedOffice(t).newDesk(t)
	d.has(button, "Test Connection")
	return d.office.house, d.page
}
