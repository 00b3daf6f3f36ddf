// Package option has the types of what a webhook may choose besides its URL, headers and events: a filter, a format, fields
// to leave out, a consent rule, and what counts as success. Each is opt-in; the zero value is the documented way. They are
// written in JSON as the API shows them, and stored alike.
//
// What they mean is in the packages of store/event that carry them out. It imports nothing of ours.
package option
