package handlers

import (
	"net/url"
	"regexp"
	"time"
	_ "time/tzdata" // a container may have no time zones of its own

	"iozen/views"
)

// Boxes for a date and time have no zone. The page sends the browser's with them (static/js/zone.js), and keeps it in the
// address, so that a link shows the same to everyone. Without a zone, as without JavaScript, they are UTC, and the page
// says so.

// zoneName bounds what is looked up: names of the time zone database, such as Europe/Berlin.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$`)

// zoneOf is the time zone of a page's address.
func zoneOf(asked url.Values) (zone *time.Location, known bool) {
	name := asked.Get("zone")
	if name == "" {
		return time.UTC, true
	}
	if !zoneName.MatchString(name) || name == "Local" || len(name) > 64 {
		return time.UTC, false
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC, false
	}
	return zone, true
}

// boxLayout is how a datetime-local box writes a time. Some browsers leave the seconds out when they are zero.
const boxLayout = "2006-01-02T15:04"

// boxTimes replaces the times of boxes in an address by exact ones. Others stay as they are.
func boxTimes(values url.Values, names ...string) (problems []FieldError) {
	zone, known := zoneOf(values)
	for _, name := range names {
		for _, layout := range []string{boxLayout, boxLayout + ":05"} {
			t, err := time.ParseInLocation(layout, values.Get(name), zone)
			if err != nil {
				continue
			}
			if !known {
				problems = append(problems, FieldError{Pointer: "/" + name, Message: "must be in a time zone that this server knows"})
				values.Set(name, "")
				break
			}
			values.Set(name, t.Format(time.RFC3339))
		}
	}
	return problems
}

// boxOf shows a time of the address in its box, with the instant that it stands for. An invalid time is left out, and the
// problem is shown beside the box.
func boxOf(asked url.Values, name string) (box, instant string) {
	zone, _ := zoneOf(asked)
	values := url.Values{"zone": asked["zone"], name: {asked.Get(name)}}
	boxTimes(values, name)
	t, err := time.Parse(time.RFC3339, values.Get(name))
	if err != nil {
		return "", ""
	}
	return t.In(zone).Format(boxLayout), t.UTC().Format(time.RFC3339)
}

// filterTimes are both boxes of a filter.
func filterTimes(asked url.Values) views.FilterTimes {
	zone, _ := zoneOf(asked)
	times := views.FilterTimes{Zone: zone.String()}
	times.From, times.FromAt = boxOf(asked, "from")
	times.To, times.ToAt = boxOf(asked, "to")
	return times
}
