// Package field finds the fields of an event by the names that settings use for them (user_data.email,
// custom_data.value, source_url.query.utm_source), and takes fields out of an event.
//
// It reads the canonical bytes as they are: nothing is decoded into maps, so that numbers keep their digits and keys
// their order. Its functions are pure.
package field
