package alert

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"iozen/store"
)

const (
	// SilenceDays is how far back counters are read: one week to know what is usual, and two weeks of silence, after
	// which silence is no longer news.
	SilenceDays = 21
	// silentFrom is how many events a day must be usual before a day without any is not chance (with 10 expected, 0 happen
	// once in 22,000 days).
	silentFrom = 10
)

// Silence is a day or longer without an event of a bot that usually has some.
type Silence struct {
	Usual int           // events a day, in the week that ended with the last one
	For   time.Duration // since the last one, in whole hours
}

// FindSilence judges a bot by its counters. The last 24 hours must be empty, the median of the week before the last event high,
// and the same 24 hours of the last week not quiet themselves: a shop that is closed on Sundays is not silent on Sundays.
func FindSilence(hours []store.HourCount, now time.Time) (Silence, bool) {
	ages := acceptedByAge(hours, now)
	if len(ages) == 0 {
		return Silence{}, false
	}
	last := slices.Min(slices.Collect(maps.Keys(ages)))
	week := make([]int, 7)
	sameDay := 0
	for age, n := range ages {
		if i := (age - last) / 24; i < len(week) {
			week[i] += n
		}
		if age/24 == 7 {
			sameDay += n
		}
	}
	slices.Sort(week)
	s := Silence{Usual: week[len(week)/2], For: time.Duration(last) * time.Hour}
	quietDay := last < 7*24 && sameDay < silentFrom/2
	return s, s.For >= 24*time.Hour && s.Usual >= silentFrom && !quietDay
}

// acceptedByAge counts the events by how many hours ago they came.
func acceptedByAge(hours []store.HourCount, now time.Time) map[int]int {
	ages := map[int]int{}
	for _, h := range hours {
		age := int(now.Truncate(time.Hour).Sub(h.Hour) / time.Hour)
		if h.Kind == store.CountAccepted && h.N > 0 && age >= 0 && age < SilenceDays*24 {
			ages[age] += h.N
		}
	}
	return ages
}

func silenceAlert(s Silence) Alert {
	return Alert{
		Kind: Silent, Short: "no events for " + spell(s.For),
		Text: "is unusually silent: usually " + strconv.Itoa(s.Usual) + " events a day, none for " + spell(s.For) + ".",
		Fix:  "Look whether the bot is still on its page, and whether the page still posts its events.",
	}
}
