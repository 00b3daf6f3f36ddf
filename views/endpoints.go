package views

import (
	"strconv"
	"time"

	"iozen/views/ui"
)

// Endpoints are a bot's webhooks, above the settings of each. A bot with one has no rows, and its pages show no list: only how
// to add another.
type Endpoints struct {
	BotID    string
	Editable bool
	Rows     []EndpointRow // in the order that people gave them
	Full     bool          // there may not be more of them
	Moved    string        // the EndpointMove that led here; "" for none
	Back     string        // the page that the list stands on
	Name     string        // of another, as typed
	Error    string        // why there is no such one
}

// EndpointRow is one webhook and how it does.
type EndpointRow struct {
	WebhookRef
	Name    string
	Host    string // "No URL yet"
	Tool    Tool
	Current bool // the page is about it
	Kind    ui.Kind
	Status  string
	Flow    PipeState
	Health  string    // "99.8 %" of what came to an end in 24 hours, or what is wrong: "HTTP 401"
	Last    time.Time // when something was delivered last; zero: never
}

// Order are the numbers as they stand, for the form that moves one.
func (e Endpoints) Order() string {
	text := ""
	for i, r := range e.Rows {
		if i > 0 {
			text += ","
		}
		text += strconv.Itoa(r.N)
	}
	return text
}

// The ways in which a row moves by one place.
const (
	MoveUp   = "up"
	MoveDown = "down"
)

// EndpointMove names a move of a row, and the button that asks for it.
func EndpointMove(way string, n int) string { return way + "-" + strconv.Itoa(n) }

// movedTo says whether a button is the one to focus: the one that was pressed or, when the row cannot move on, the other one.
func (e Endpoints) movedTo(i int, way string) bool {
	n := e.Rows[i].N
	switch e.Moved {
	case EndpointMove(way, n):
		return true
	case EndpointMove(MoveUp, n):
		return i == 0
	case EndpointMove(MoveDown, n):
		return i == len(e.Rows)-1
	}
	return false
}

// OwnEndpoint renames and deletes one of several webhooks.
type OwnEndpoint struct {
	WebhookRef
	Label       string // its name, or "Endpoint 2" where none was given
	Name        string // as typed
	NameError   string
	DeleteError string
	Open        bool
}
