// Package db is the store on SQLite or PostgreSQL: every query, the transactions, and what is told of each commit.
//
// An act is one exported method of DB: its rule, its change, its audit entry and its notice, in one transaction. It returns
// once that is on disk. The methods of tx are the parts of which acts are made; a DB runs those of many callers in one
// transaction (package group), and what they leave in memory changes after the commit only (tx.onCommit).
//
// It never decides what a pure rule of package store can decide, and never asks which database it has: what the two write
// differently is in package dialect, and what they do differently behind the interface database.
package db
