// Package format makes of an event the body that a webhook's endpoint understands: the documented payload, flat keys, a
// message for a chat, an event of Meta's Conversions API, or a JSON document of the person's own.
//
// A body is a pure function of the event's canonical bytes and the settings: made again, it is the same. The documented
// payload is those bytes themselves. What can be saved can be rendered; the one error is a body that is too large, and it
// names what made it so (template.TooLargeError). For a picture that shows no person, render the masked event.
package format
