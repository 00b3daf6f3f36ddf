// Package dialect holds what SQLite and PostgreSQL write differently, side by side. All other SQL is one text for both.
//
// Statements are written as SQLite reads them; Postgres translates one when it is prepared. The package runs nothing.
package dialect

import (
	"strings"

	"iozen/store/db/statement"
)

// What the two write differently. The argument of a list is JSON: [1,2].
const (
	// AmongNumbers is the condition that a column is one of a list of numbers.
	AmongNumbers = ` IN (SELECT value FROM json_each(?))`
	// AskedNumbers is a list of numbers as a table of value and key, the place in the list, from 0.
	AskedNumbers = `json_each(?) asked`
	// AlongDue has a query read along the index deliveries_due, and no other.
	AlongDue = ` INDEXED BY deliveries_due`
	// Part stands before each SELECT of a UNION ALL that is merged in the order of the numbers of deliveries d, and one of the
	// ends after it.
	Part           = `/*part*/ `
	PartAscending  = ` /*part ascending*/`
	PartDescending = ` /*part descending*/`
	// Each and EachEnd stand around a table f, and its WHERE, that is searched once for each row of the CROSS JOIN's other side.
	Each    = `/*each*/ `
	EachEnd = ` /*end*/`
	// SkipLocked, at the end of a query for rows of d, has it leave out what another process is about to change, and keeps what
	// it finds from others until the end of the transaction.
	SkipLocked = ` /* for update skip locked */`
	// ForUpdate is SkipLocked that waits for others instead.
	ForUpdate = ` /* for update */`
	// Like compares names: A is a, other letters are themselves alone.
	Like = ` LIKE `
)

// fragments are what stands in the place of each in PostgreSQL.
var fragments = strings.NewReplacer(
	// Differs because each has its own function for lists. This one is a constant to the planner, which then looks up each
	// number in the index. An array is written {1,2}.
	AmongNumbers, ` = ANY (`+numberArray+`)`,
	AskedNumbers, `(SELECT a.value, a.place - 1 AS key FROM unnest(`+numberArray+`) WITH ORDINALITY a (value, place)) asked`,
	// Differs because PostgreSQL has no hints: it knows from the order that is asked for.
	AlongDue, ``,
	// Differs because SQLite merges by itself, and allows no order within the parts; PostgreSQL merges only parts that are in
	// order, and reads all of the others.
	Part, `(`,
	PartAscending, ` ORDER BY d.number ASC)`,
	PartDescending, ` ORDER BY d.number DESC)`,
	// Differs because SQLite takes the tables of a CROSS JOIN in the order given; PostgreSQL would read all of a table that it
	// takes for small.
	Each, `LATERAL (SELECT f.* FROM `,
	EachEnd, ` OFFSET 0) f`,
	// Differs because nobody else writes to a file meanwhile.
	SkipLocked, ` FOR UPDATE OF d SKIP LOCKED`,
	ForUpdate, ` FOR UPDATE OF d`,
	// Differs because LIKE minds upper and lower case in PostgreSQL. Columns are in the collation "C", in which ILIKE takes
	// letters of ASCII alone for equal, as LIKE does in SQLite.
	Like, ` ILIKE `,
)

const numberArray = `CAST(translate(?, '[]', '{}') AS BIGINT[])`

// Postgres is a text as PostgreSQL reads it.
func Postgres(text string) string { return statement.Numbered(fragments.Replace(text)) }
