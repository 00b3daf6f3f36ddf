package store

import "time"

// Retention is how long the log may be kept: Usual while nobody has chosen, and at most Most. Zero means forever.
type Retention struct{ Usual, Most time.Duration }

// LongestRetention is the most days that can be chosen: a hundred years.
const LongestRetention = 36_500

// For is how long the log is kept when so many days were chosen; 0: none were.
func (r Retention) For(days int) time.Duration {
	kept := time.Duration(days) * 24 * time.Hour
	if days == 0 {
		kept = r.Usual
	}
	if r.Most > 0 && (kept == 0 || kept > r.Most) {
		return r.Most
	}
	return kept
}

// MostDays is the most that may be chosen.
func (r Retention) MostDays() int {
	if r.Most > 0 {
		return int(r.Most / (24 * time.Hour))
	}
	return LongestRetention
}
