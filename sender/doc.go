// Package sender is what goes out: it turns a posted event into bytes, and bytes into one request at a
// customer's endpoint, again and again until the endpoint took them.
//
// An event's way, in the order of the files:
//
//	decode      what was posted is checked; strict on form, lenient on what a visitor typed
//	event       payload bytes, made once; every attempt sends these bytes
//	engine      which delivery next: poll finds bots with something due, dispatch serves their lanes in turn, claim
//	            takes from the store, work makes an attempt and records it
//	url, guard  where a request may go, asked while editing and again at every connection
//	client      one attempt is one traced HTTP request; it never repeats a POST, never follows a redirect
//	signature   Standard Webhooks 1.0
//	diagnosis   what the attempt meant, in words: error, cause, fix
//	schedule    when again, or never, or the webhook is switched off
//	concern     what about a bot needs a person's attention, in words
//
// It promises that test events, page checks and deliveries pass the very same rules. It never decides what
// was sent before the store has it on disk, and it never puts a configured secret into words.
package sender
