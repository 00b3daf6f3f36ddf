// Package outcome owns what an attempt means: the outcomes, the diagnosis of each in words (error, cause, fix, next), when
// the next attempt is due, and when a webhook is switched off.
//
// Its functions are pure. It never sends and never stores anything.
package outcome
