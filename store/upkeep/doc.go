// Package upkeep does what a database needs while nobody asks for it: retention and expiry (Housekeeper), and the jobs that
// span many transactions (Resender). Each is a worker with one life cycle (package worker).
//
// It calls exported acts of the database in small transactions and never decides what a delivery becomes.
package upkeep
