// Package upkeep does what a database needs while no request asks for it: retention, expiry and sums by the minute
// (Maintenance), and the jobs that take many transactions (JobWorker). Both run as workers (package worker).
//
// It calls exported acts of the database in small transactions and never decides what a delivery becomes.
package upkeep
