// Package filter decides by an event's fields whether a webhook is sent the event, and says in words why not. The same
// function decides when an event is accepted and counts, before a filter is saved, how many of the last events match.
//
// Numbers are compared as decimals of any length, texts without case. Its functions are pure.
package filter
