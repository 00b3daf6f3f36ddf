package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"iozen/store/db/postgres"
	"iozen/store/db/statement"
)

// table is a table of the target, and how its rows are read from either side: all columns, in the order of the primary key,
// which both databases sort alike.
type table struct {
	name     string
	columns  []column
	key      []string
	counts   string // the column that numbers new rows by itself, "" if none does
	bornFull bool   // the migration puts a row into it
}

type column struct{ name, kind string }

// readTables lists the tables of the target, those first that others refer to.
func readTables(ctx context.Context, conn *pgx.Conn) (tables []table, err error) {
	rows, err := conn.Query(ctx, `SELECT c.table_name::text, c.column_name::text, c.data_type::text, c.is_identity = 'YES', COALESCE(k.ordinal_position, 0)::int
		FROM information_schema.columns c
		JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
		LEFT JOIN information_schema.table_constraints p ON p.table_schema = c.table_schema AND p.table_name = c.table_name AND p.constraint_type = 'PRIMARY KEY'
		LEFT JOIN information_schema.key_column_usage k ON k.constraint_schema = p.constraint_schema AND k.constraint_name = p.constraint_name
			AND k.table_name = c.table_name AND k.column_name = c.column_name
		WHERE c.table_schema = current_schema() AND c.table_name NOT IN ($1, $2)
		ORDER BY c.table_name <> 'bots', c.table_name, c.ordinal_position`, postgres.VersionTable, postgres.TransferTable)
	if err != nil {
		return nil, err
	}
	var of string
	var c column
	var identity bool
	var place int
	_, err = pgx.ForEachRow(rows, []any{&of, &c.name, &c.kind, &identity, &place}, func() error {
		if len(tables) == 0 || tables[len(tables)-1].name != of {
			tables = append(tables, table{name: of, bornFull: of == "heartbeat"})
		}
		t := &tables[len(tables)-1]
		t.columns = append(t.columns, c)
		if identity {
			t.counts = c.name
		}
		if place > 0 {
			t.key = slices.Grow(t.key, place)[:max(len(t.key), place)]
			t.key[place-1] = c.name
		}
		return nil
	})
	return tables, err
}

// sameColumns refuses a source that has other tables or columns than the target: they would be left behind.
func (r *run) sameColumns(ctx context.Context, tables []table) error {
	rows, err := r.source.QueryContext(ctx, `SELECT t.name || '.' || c.name FROM sqlite_master t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> ?`, postgres.VersionTable)
	if err != nil {
		return err
	}
	there, err := statement.Column[string](rows)
	if err != nil {
		return err
	}
	var wanted []string
	for _, t := range tables {
		for _, c := range t.columns {
			wanted = append(wanted, t.name+"."+c.name)
		}
	}
	slices.Sort(there)
	slices.Sort(wanted)
	if !slices.Equal(there, wanted) {
		return fmt.Errorf("the tables of the two databases differ: %v and %v", there, wanted)
	}
	return nil
}

// query selects all rows in the order of the key.
func (t table) query() string {
	order := ""
	if len(t.key) > 0 {
		order = ` ORDER BY ` + strings.Join(t.key, ", ")
	}
	return `SELECT ` + strings.Join(t.names(), ", ") + ` FROM ` + t.name + order
}

func (t table) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// targets are where the values of a row are scanned into; values are what stands there then, nil for NULL.
func (t table) targets() []any {
	into := make([]any, len(t.columns))
	for i, c := range t.columns {
		switch c.kind {
		case "bigint":
			into[i] = new(sql.Null[int64])
		case "boolean":
			into[i] = new(sql.Null[bool])
		case "double precision":
			into[i] = new(sql.Null[float64])
		case "bytea":
			into[i] = new(any) // a []byte does not tell NULL from nothing: SQLite's driver gives nil for both
		default:
			into[i] = new(sql.Null[string])
		}
	}
	return into
}

// values are those of a row. Text that no text of PostgreSQL may hold, which older versions let in, is made valid.
func values(from, into []any) {
	for i, v := range from {
		into[i] = nil
		switch v := v.(type) {
		case *sql.Null[int64]:
			if v.Valid {
				into[i] = v.V
			}
		case *sql.Null[bool]:
			if v.Valid {
				into[i] = v.V
			}
		case *sql.Null[float64]:
			if v.Valid {
				into[i] = v.V
			}
		case *sql.Null[string]:
			if v.Valid {
				into[i] = statement.ValidText(v.V)
			}
		case *any:
			switch b := (*v).(type) {
			case []byte:
				into[i] = append([]byte{}, b...)
			case string: // SQLite minds no types
				into[i] = []byte(b)
			}
		}
	}
}
