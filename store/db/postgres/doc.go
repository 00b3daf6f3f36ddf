// Package postgres owns the way to a PostgreSQL server: what a URL and the PG* variables mean, whether the server and the
// database suit, how connections are opened, who may serve, the migrations, and what an error of the driver means.
//
// It runs no statement about bots or deliveries: those are package db's. It never repeats a password, and of a URL that it
// cannot read it repeats nothing.
package postgres
