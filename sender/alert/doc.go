// Package alert decides what about a bot needs a person's attention, and puts it in words: a webhook that fails or was
// switched off, a certificate that expires soon, a bot that has fallen silent, events that are held.
//
// It notifies nobody; package notify does.
package alert
