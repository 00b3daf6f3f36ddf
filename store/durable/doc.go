// Package durable makes files that outlive a power cut: written beside, synced, renamed, owned like the folder they are in.
//
// It knows nothing of what is in them.
package durable
