// Package template makes a body of an event from a text with placeholders: {{user_data.email | lower}}. A template is a
// JSON document, or a plain text for a message.
//
// A template is parsed once, and whatever can be wrong with it is said then, at its line and column. Rendering is pure and
// bounded, and fails in one way only: the result is too large (TooLargeError). There are no loops and no code.
//
// A string of the document that is nothing but one placeholder takes the value as it is written in the event: a number
// stays a number and keeps its digits. If the value is missing, the key or the element goes with it, unless the filter
// default gives another. Inside a longer text a missing value is empty.
package template
