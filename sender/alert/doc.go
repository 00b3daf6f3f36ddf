// Package alert decides what about a bot needs a person's attention, and says it in words: a webhook that fails, one that
// has fallen silent, a certificate that ends soon.
//
// It tells nobody; package notify does.
package alert
