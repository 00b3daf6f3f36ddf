// Package event turns what was posted into an event: it decodes and validates the request (strict about form, lenient about
// what a visitor typed), makes the canonical bytes that every attempt sends, masks what is shown of a person, and takes a
// person out of an event.
//
// Its functions are pure: they read no clock, no database and no network.
package event
