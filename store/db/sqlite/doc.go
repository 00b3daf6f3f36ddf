// Package sqlite owns the database file: where it is, who holds it, how it is opened, its pragmas and migrations, its backup,
// and what an error of the driver means.
//
// It runs no statement about bots or deliveries: those are package db's.
package sqlite
