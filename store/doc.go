// Package store is the domain: bots, webhooks and their versions, deliveries, attempts, people, accounts and alerts, with
// the errors that callers decide on and the rules that follow from these values alone.
//
// It never opens a database and never sends anything: package db stores what these types describe, and the packages below
// sender decide whether and when something is sent.
package store
