package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	_ "modernc.org/sqlite"
)

var (
	n      = flag.Int("n", 30000, "")
	group  = flag.Int("g", 128, "")
	split  = flag.Bool("split", false, "payload apart")
	nostat = flag.Bool("nostat", false, "no status index")
	wor    = flag.Bool("wor", false, "attempts without rowid")
	noclaim = flag.Bool("noclaim", false, "claims read only")
	intst  = flag.Bool("intst", false, "status as integer")
	ckpt   = flag.Int("ckpt", 1000, "")
	rowid  = flag.Bool("rowid", false, "claim by rowid")
	page   = flag.Int("page", 4096, "")
	orfail = flag.Bool("orfail", false, "")
	noret  = flag.Bool("noret", false, "settle without returning")
	two    = flag.Bool("two", false, "claim by select and update")
	multi  = flag.Int("multi", 1, "rows per attempts insert")
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	flag.Parse()
	runtime.LockOSThread()
	path := "/tmp/zzexp.db"
	for _, s := range []string{"", "-wal", "-shm"} {
		os.Remove(path + s)
	}
	db, err := sql.Open("sqlite", fmt.Sprintf("file:%s?_pragma=page_size(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-65536)&_pragma=temp_store(MEMORY)&_pragma=wal_autocheckpoint(%d)", path, *page, *ckpt))
	must(err)
	db.SetMaxOpenConns(1)
	ctx := context.Background()
	c, err := db.Conn(ctx)
	must(err)
	pay := "payload BLOB NOT NULL,"
	if *split {
		pay = ""
		_, err = c.ExecContext(ctx, `CREATE TABLE payloads (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)`)
		must(err)
	}
	_, err = c.ExecContext(ctx, `CREATE TABLE deliveries (bot_id BLOB NOT NULL, id BLOB NOT NULL, event_id TEXT NOT NULL, event_name TEXT NOT NULL, event_time INTEGER NOT NULL, test INTEGER NOT NULL,
	status TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, round INTEGER NOT NULL DEFAULT 0, due_at INTEGER, claim_token INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
	last_code INTEGER NOT NULL DEFAULT 0, last_duration_us INTEGER NOT NULL DEFAULT 0, last_outcome TEXT NOT NULL DEFAULT '', last_detail TEXT NOT NULL DEFAULT '', fingerprint BLOB NOT NULL, person TEXT NOT NULL DEFAULT '', warnings TEXT NOT NULL DEFAULT '', `+pay+`
	late INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (bot_id, id));
	CREATE UNIQUE INDEX deliveries_event ON deliveries (bot_id, event_id);
	CREATE INDEX deliveries_id ON deliveries (id);
	CREATE INDEX deliveries_due ON deliveries (bot_id, late, due_at) WHERE due_at IS NOT NULL;`)
	must(err)
	if !*nostat {
		_, err = c.ExecContext(ctx, `CREATE INDEX deliveries_status ON deliveries (bot_id, status, id)`)
		must(err)
	}
	w := ""
	if *wor {
		w = " WITHOUT ROWID"
	}
	_, err = c.ExecContext(ctx, `CREATE TABLE attempts (bot_id BLOB NOT NULL, delivery_id BLOB NOT NULL, number INTEGER NOT NULL, started_at INTEGER NOT NULL, webhook_version INTEGER NOT NULL, remote_addr TEXT NOT NULL, protocol TEXT NOT NULL,
	status_code INTEGER NOT NULL, duration_us INTEGER NOT NULL, phases TEXT NOT NULL, failed_phase TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL, response_headers TEXT NOT NULL, response_body BLOB NOT NULL, truncated INTEGER NOT NULL, certificate TEXT NOT NULL, PRIMARY KEY (bot_id, delivery_id, number))`+w)
	must(err)
	prep := func(q string) *sql.Stmt { s, err := c.PrepareContext(ctx, q); must(err); return s }
	exec := func(q string) { _, err := c.ExecContext(ctx, q); must(err) }
	bot := uuid.Must(uuid.NewV7())
	payload := []byte(strings.Repeat("x", 600))
	queued, sending, delivered := any("queued"), any("sending"), any("delivered")
	if *intst {
		queued, sending, delivered = 1, 2, 3
	}
	cols, q := ", payload", ", ?"
	if *split {
		cols, q = "", ""
	}
	ins := prep(`INSERT INTO deliveries (bot_id, id, event_id, event_name, event_time, test, status, due_at, created_at, updated_at, fingerprint, person` + cols + `) VALUES (?,?,?,?,?,0,?,?,?,?,?,?` + q + `)`)
	var insP *sql.Stmt
	if *split {
		insP = prep(`INSERT INTO payloads (id, payload) VALUES (?, ?)`)
	}
	now := time.Now().UnixMilli()
	t0, c0 := time.Now(), cpu()
	for i := 0; i < *n; {
		exec("BEGIN IMMEDIATE")
		for j := 0; j < 1000 && i < *n; j++ {
			id := uuid.Must(uuid.NewV7())
			args := []any{bot[:], id[:], fmt.Sprint("event-", i), "Lead", now, queued, now, now, now, make([]byte, 32), "j•••@example.com"}
			if !*split {
				args = append(args, payload)
			}
			r, err := ins.ExecContext(ctx, args...)
			must(err)
			if *split {
				rid, _ := r.LastInsertId()
				_, err = insP.ExecContext(ctx, rid, payload)
				must(err)
			}
			i++
		}
		exec("COMMIT")
	}
	fmt.Printf("insert  %5.1f µs wall %5.1f cpu\n", us(time.Since(t0), *n), us(cpu()-c0, *n))
	pcol, from := "payload", ""
	if *split {
		pcol = "(SELECT payload FROM payloads p WHERE p.id = deliveries.rowid)"
	}
	_ = from
	key := "id"
	if *rowid {
		key = "rowid"
	}
	bk := "bot_id = ?"
	if *rowid {
		bk = "+bot_id = ?"
	}
	sub := `SELECT ` + key + ` FROM deliveries WHERE bot_id = ? AND late = 0 AND due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?`
	colsR := `bot_id, id, event_id, event_name, event_time, test, status, reason, attempts, round, due_at, created_at, updated_at, last_code, last_duration_us, last_outcome, last_detail, person, warnings, claim_token, ` + pcol
	up := `UPDATE deliveries SET status = ?, due_at = ?, claim_token = claim_token + 1, updated_at = ? WHERE (` + bk + `) AND ` + key + ` IN (` + sub + `) RETURNING ` + colsR
	sel := `SELECT ` + colsR + ` FROM deliveries WHERE bot_id = ? AND late = 0 AND due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?`
	if *orfail {
		up = strings.Replace(up, "UPDATE", "UPDATE OR FAIL", 1)
	}
	claimS := prep(up)
	updS := prep(strings.Split(up, " RETURNING")[0])
	selS := prep(sel)
	of := ""
	if *orfail {
		of = "OR FAIL "
	}
	setN := prep(`UPDATE ` + of + `deliveries SET status = ?, due_at = ?, late = 1, attempts = attempts + 1, round = round + 1, updated_at = ?, last_code = ?, last_duration_us = ?, last_outcome = ?, last_detail = ? WHERE bot_id = ? AND id = ? AND claim_token = ?`)
	set := prep(`UPDATE ` + of + `deliveries SET status = ?, due_at = ?, late = 1, attempts = attempts + 1, round = round + 1, updated_at = ?, last_code = ?, last_duration_us = ?, last_outcome = ?, last_detail = ? WHERE bot_id = ? AND id = ? AND claim_token = ? RETURNING attempts, round`)
	one := "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	att := prep(`INSERT INTO attempts VALUES ` + one + strings.Repeat(","+one, *multi-1))
	type cl struct{ id []byte; token int64 }
	var tc, ts, ta, tm time.Duration
	t0, c0 = time.Now(), cpu()
	mark := func(d *time.Duration, f func()) { t := cpu(); f(); *d += cpu() - t }
	hdr := `[{"name":"Content-Length","value":"0"},{"name":"Date","value":"Wed, 25 Nov 2026 09:00:00 GMT"}]`
	for done := 0; done < *n; {
		exec("BEGIN IMMEDIATE")
		var cs []cl
		mark(&tc, func() {
			var rows *sql.Rows
			if *noclaim || *two {
				rows, err = selS.QueryContext(ctx, bot[:], now, *group)
			} else {
				rows, err = claimS.QueryContext(ctx, sending, now+90000, now+5, bot[:], bot[:], now, *group)
			}
			must(err)
			for rows.Next() {
				var v [21]any
				p := make([]any, 21)
				for i := range v {
					p[i] = &v[i]
				}
				must(rows.Scan(p...))
				cs = append(cs, cl{v[1].([]byte), v[19].(int64)})
			}
			rows.Close()
			if *two {
				_, err = updS.ExecContext(ctx, sending, now+90000, now+5, bot[:], bot[:], now, *group)
				must(err)
				for i := range cs {
					cs[i].token++
				}
			}
		})
		mark(&ts, func() {
			for _, x := range cs {
				var a, r int
				if *noret {
					_, err := setN.ExecContext(ctx, delivered, nil, now+10, 200, 1234, "", "", bot[:], x.id, x.token)
					must(err)
					continue
				}
				must(set.QueryRowContext(ctx, delivered, nil, now+10, 200, 1234, "", "", bot[:], x.id, x.token).Scan(&a, &r))
			}
		})
		mark(&ta, func() {
			var args []any
			for i, x := range cs {
				args = append(args, bot[:], x.id, 1, now, 1, "127.0.0.1:4444", "HTTP/1.1", 200, 1234, "-,-,-,33,200,10", "", "", "", hdr, []byte{}, 0, "")
				if (i+1)%*multi == 0 {
					_, err := att.ExecContext(ctx, args...)
					must(err)
					args = args[:0]
				}
			}
		})
		mark(&tm, func() { exec("COMMIT") })
		done += len(cs)
		if len(cs) == 0 {
			break
		}
	}
	fmt.Printf("deliver %5.1f µs wall %5.1f cpu: claim %.1f settle %.1f attempt %.1f commit %.1f\n", us(time.Since(t0), *n), us(cpu()-c0, *n), us(tc, *n), us(ts, *n), us(ta, *n), us(tm, *n))
}

func us(d time.Duration, n int) float64 { return float64(d.Microseconds()) / float64(n) }
func cpu() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(1, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
