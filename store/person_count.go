package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// PersonCount is how many events of a person a bot has.
type PersonCount struct {
	BotID   uuid.UUID
	BotName string
	Events  int
}

// PersonCounts counts what PersonEvents would read, bot by bot.
func (db *DB) PersonCounts(ctx context.Context, p Person) (counts []PersonCount, err error) {
	places, err := db.findPerson(ctx, p)
	if err != nil {
		return nil, err
	}
	byBot := map[uuid.UUID]int{}
	for _, at := range places {
		if err := db.countAt(ctx, at, byBot); err != nil {
			return nil, fmt.Errorf("counting events of a person: %w", err)
		}
	}
	for id, n := range byBot {
		bot, err := db.Bot(ctx, id)
		if errors.Is(err, ErrNotFound) { // deleted: its rows are leaving
			continue
		}
		if err != nil {
			return nil, err
		}
		counts = append(counts, PersonCount{BotID: id, BotName: bot.Name, Events: n})
	}
	slices.SortFunc(counts, func(a, b PersonCount) int {
		return cmp.Or(strings.Compare(a.BotName, b.BotName), bytes.Compare(a.BotID[:], b.BotID[:]))
	})
	return counts, nil
}

func (db *DB) countAt(ctx context.Context, at personPlace, byBot map[uuid.UUID]int) error {
	rows, err := db.reader.rows(ctx, `SELECT bot_id, COUNT(*) FROM people WHERE run = ? AND hash = ? GROUP BY bot_id`, at.run, at.hash[:])
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var bot uuid.UUID
		var n int
		if err := rows.Scan(&bot, &n); err != nil {
			return err
		}
		byBot[bot] += n
	}
	return rows.Err()
}
