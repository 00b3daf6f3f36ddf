package views

import (
	"time"

	"iozen/views/ui"
)

// Recent is the last deliveries, and why others wait.
type Recent struct {
	Rows  []RecentDelivery
	Waits string // why events that are due wait: "Waiting for the rate limit. 12 events wait."
}

// RecentDelivery is one row of the list beside the settings.
type RecentDelivery struct {
	URL       string
	Kind      ui.Kind
	Icon      string
	Status    string
	Answer    string // the time it took, or the code of a failure
	EventName string
	Test      bool
	Sample    bool
	Person    string // masked
	At        time.Time
	Next      time.Time // of the next attempt, if one is planned
}
