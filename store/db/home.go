package db

import (
	"context"
	"fmt"

	"iozen/store"
)

// troubledBots are those of which a webhook fails, or was switched off: a deleted one may have been failing.
const troubledBots = `SELECT x.bot FROM health x JOIN webhooks y ON y.bot = x.bot AND y.n = x.n WHERE x.failing_since > 0 AND y.deleted_at = 0
	UNION SELECT bot FROM webhooks WHERE off_reason <> ''`

// HomeBots lists bots for home: those in trouble first, then those that hold events, then by the events of seven days. A page
// is a place in that order, which changes with what happens.
func (db *DB) HomeBots(ctx context.Context, query string, page int) (bots []store.BotSummary, more bool, err error) {
	named := nameHas(query)
	order := ` ORDER BY b.number IN (` + troubledBots + `) DESC, b.number IN (SELECT bot FROM health WHERE held > 0) DESC,
		(SELECT COALESCE(SUM(accepted), 0) FROM days WHERE bot = b.number AND day >= ? AND n = 1) DESC, b.number DESC LIMIT ? OFFSET ?`
	bots, err = db.summaries(ctx, named.sql+order, append(named.args, db.firstDay(store.WeekShown), store.HomePage+1, store.HomePage*page)...)
	if more = len(bots) > store.HomePage; more {
		bots = bots[:store.HomePage]
	}
	return bots, more, err
}

// HomeSums adds up all bots, for the line above them.
func (db *DB) HomeSums(ctx context.Context) (s store.HomeSums, err error) {
	err = db.reader.Row(ctx, `SELECT COUNT(DISTINCT b.number), COALESCE(SUM(h.waiting), 0), COALESCE(SUM(h.held), 0)
		FROM bots b LEFT JOIN health h ON h.bot = b.number WHERE b.deleted_at = 0`).Scan(&s.Bots, &s.Waiting, &s.Held)
	if err == nil {
		week := db.firstDay(store.WeekShown)
		err = db.reader.Row(ctx, `SELECT COALESCE(SUM(CASE WHEN day >= ? THEN accepted ELSE 0 END), 0), COALESCE(SUM(CASE WHEN day >= ? THEN delivered ELSE 0 END), 0),
			COALESCE(SUM(CASE WHEN day >= ? THEN failed ELSE 0 END), 0), COALESCE(SUM(failed + expired), 0) FROM days WHERE bot = ? AND day >= ?`,
			week, week, week, allBots, db.firstDay(store.DaysShown)).Scan(&s.Week.Total, &s.Week.Delivered, &s.Week.Failed, &s.Lost)
	}
	if err != nil {
		return s, fmt.Errorf("adding up all bots: %w", err)
	}
	return s, nil
}
