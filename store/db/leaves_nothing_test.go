package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/db/statement"
	"iozen/store/secret"
)

// failing is a connection on which the statement after the next few fails, at any of its uses: nothing of it stays
// prepared from one transaction to the next.
type failing struct {
	*sql.Conn
	left *int
	err  error
}

func (f failing) hits() bool { *f.left--; return *f.left == -1 }

func (f failing) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if f.hits() {
		return nil, f.err
	}
	return f.Conn.PrepareContext(ctx, query)
}

// wholeActs change the database in one transaction. They are named by the method, and what is special.
var wholeActs = map[string]func(context.Context, *middle) error{
	"Accept": func(ctx context.Context, m *middle) error {
		_, err := m.Accept(ctx, m.bot, []store.NewDelivery{{ID: uuid.New(), EventID: "new", EventName: "Lead", Payload: []byte("{}"), Email: "jane@example.com"}})
		return err
	},
	"Claim": func(ctx context.Context, m *middle) error {
		_, err := m.Claim(ctx, store.FirstWebhook(m.bot), 1, time.Minute)
		return err
	},
	"Settle": func(ctx context.Context, m *middle) error {
		_, err := m.Settle(ctx, store.Settlement{Token: m.claim.Token, Status: store.Failed, Attempt: store.Attempt{BotID: m.bot, DeliveryID: m.claim.ID, StatusCode: 400}})
		return err
	},
	"Unclaim": func(ctx context.Context, m *middle) error { return m.Unclaim(ctx, []store.Claim{m.claim}) },
	"HoldWaiting": func(ctx context.Context, m *middle) error {
		_, err := m.HoldWaiting(ctx, store.FirstWebhook(m.off), 10)
		return err
	},
	"ChangeWebhook": func(ctx context.Context, m *middle) error {
		_, err := m.ChangeWebhook(ctx, store.FirstWebhook(m.bot), store.WebhookChange{URL: new("https://third.example/"), Enabled: new(false)})
		return err
	},
	"UndoWebhook": func(ctx context.Context, m *middle) error {
		_, _, err := m.UndoWebhook(ctx, store.FirstWebhook(m.bot), store.WebhookUndo{Version: m.version + 1, Edit: store.Edit{Tab: "page", Seq: 2, Run: 2}})
		return err
	},
	"RestoreWebhook": func(ctx context.Context, m *middle) error {
		_, err := m.RestoreWebhook(ctx, store.FirstWebhook(m.bot), m.version, store.Actor{})
		return err
	},
	"RotateSecret": func(ctx context.Context, m *middle) error {
		_, err := m.RotateSecret(ctx, store.FirstWebhook(m.bot), store.Actor{})
		return err
	},
	"EndSecretOverlap": func(ctx context.Context, m *middle) error {
		_, err := m.EndSecretOverlap(ctx, store.FirstWebhook(m.bot), store.Actor{})
		return err
	},
	"UseWebhook": func(ctx context.Context, m *middle) error {
		_, err := m.UseWebhook(ctx, store.FirstWebhook(m.back))
		return err
	},
	"SwitchOff": func(ctx context.Context, m *middle) error { return m.SwitchOff(ctx, store.FirstWebhook(m.bot), "gone") },
	"RecordTest": func(ctx context.Context, m *middle) error {
		id := uuid.New()
		return m.RecordTest(ctx, store.Delivery{BotID: m.bot, Webhook: 1, ID: id, EventID: "t", Test: true, Status: store.Delivered, Payload: []byte("{}")}, store.Attempt{BotID: m.bot, DeliveryID: id, StatusCode: 200})
	},
	"RecordPersonalTest": func(ctx context.Context, m *middle) error {
		id := uuid.New()
		return m.RecordPersonalTest(ctx, store.Delivery{BotID: m.bot, Webhook: 1, ID: id, EventID: "t", Test: true, Status: store.Delivered, Payload: []byte("{}")},
			store.Attempt{BotID: m.bot, DeliveryID: id, StatusCode: 200}, "jane@example.com", "", "")
	},
	"AddWebhook": func(ctx context.Context, m *middle) error {
		_, err := m.AddWebhook(ctx, m.bot, "New", store.Actor{})
		return err
	},
	"RenameWebhook": func(ctx context.Context, m *middle) error { return m.RenameWebhook(ctx, m.other, "New", store.Actor{}) },
	"OrderWebhooks": func(ctx context.Context, m *middle) error {
		return m.OrderWebhooks(ctx, m.bot, []int{m.other.N, 1}, store.Actor{})
	},
	"AddWebhookWith": func(ctx context.Context, m *middle) error {
		_, err := m.AddWebhookWith(ctx, m.bot, store.WebhookChange{Name: new("New"), Enabled: new(true), URL: new("https://new.example/")})
		return err
	},
	"DeleteWebhookCalled": func(ctx context.Context, m *middle) error {
		return m.DeleteWebhookCalled(ctx, m.other, "Other", store.Actor{})
	},
	"DeleteWebhook": func(ctx context.Context, m *middle) error { return m.DeleteWebhook(ctx, m.other, store.Actor{}) },
	"Resend": func(ctx context.Context, m *middle) error {
		_, err := m.Resend(ctx, m.bot, m.delivered, store.Actor{})
		return err
	},
	"ResendAnyway": func(ctx context.Context, m *middle) error {
		_, err := m.ResendAnyway(ctx, m.bot, m.delivered, store.Actor{})
		return err
	},
	"ResendSelected": func(ctx context.Context, m *middle) error {
		_, err := m.ResendSelected(ctx, []uuid.UUID{m.delivered}, store.Actor{})
		return err
	},
	"TakeBack": func(ctx context.Context, m *middle) error { return m.TakeBack(ctx, m.released, store.Actor{}) },
	"StartResend": func(ctx context.Context, m *middle) error {
		_, err := m.StartResend(ctx, store.DeliveryFilter{BotID: m.bot}, store.Actor{})
		return err
	},
	"StartRelease": func(ctx context.Context, m *middle) error {
		_, err := m.StartRelease(ctx, store.FirstWebhook(m.back), store.Actor{})
		return err
	},
	"StartErase": func(ctx context.Context, m *middle) error {
		_, err := m.StartErase(ctx, store.Person{Kind: store.PersonEmail, Value: "jane@example.com"}, store.Actor{})
		return err
	},
	"AcceptSample": func(ctx context.Context, m *middle) error {
		_, err := m.AcceptSample(ctx, store.FirstWebhook(m.bot), store.NewDelivery{ID: uuid.New(), EventID: "sample_1", EventName: "Lead", Payload: []byte("{}"), Email: "jane@example.com"}, store.Actor{})
		return err
	},
	"LeaveHeld": func(ctx context.Context, m *middle) error {
		return m.LeaveHeld(ctx, store.FirstWebhook(m.back), store.Actor{})
	},
	"RenameBot": func(ctx context.Context, m *middle) error {
		_, err := m.RenameBot(ctx, m.bot, "another", store.Actor{})
		return err
	},
	"CreateBot": func(ctx context.Context, m *middle) error {
		_, err := m.CreateBot(ctx, "new", store.Actor{})
		return err
	},
	"CreateEmptyBot": func(ctx context.Context, m *middle) error {
		_, err := m.CreateEmptyBot(ctx, "new", store.Actor{})
		return err
	},
	"BeginWith": func(ctx context.Context, m *middle) error { return m.BeginWith(ctx, m.other, store.Actor{}) },
	"CopyWebhook": func(ctx context.Context, m *middle) error {
		copied, err := m.CopyWebhook(ctx, store.WebhookCopy{
			From: store.FirstWebhook(m.bot), Groups: store.CopyGroups(), To: []store.CopyTarget{{WebhookID: m.other}}, Act: "copy",
		})
		if err != nil {
			return err
		}
		return copied[0].Err
	},
	"DeleteBotCalled": func(ctx context.Context, m *middle) error { return m.DeleteBotCalled(ctx, m.bot, "Bot", store.Actor{}) },
	"RestoreBot": func(ctx context.Context, m *middle) error {
		_, err := m.RestoreBot(ctx, m.gone, store.Actor{})
		return err
	},
	"DeleteBot": func(ctx context.Context, m *middle) error { return m.DeleteBot(ctx, m.bot, store.Actor{}) },
	"CreateKey": func(ctx context.Context, m *middle) error {
		return m.CreateKey(ctx, store.Key{ID: uuid.New(), Name: "ci", Role: store.RoleEditor})
	},
	"CreateFirstAccount": func(ctx context.Context, m *middle) error {
		_, err := m.CreateFirstAccount(ctx, store.Account{Email: "owner@example.com", PasswordHash: "x", Role: store.RoleOwner}, "")
		return err
	},
	"SaveWebhook": func(ctx context.Context, m *middle) error {
		_, err := m.SaveWebhook(ctx, store.FirstWebhook(m.bot), store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-New", Value: new("1")}}})
		return err
	},
	"CreateKey of a bot": func(ctx context.Context, m *middle) error {
		return m.CreateKey(ctx, store.Key{ID: uuid.New(), Name: "form", Role: store.RoleIngest, BotID: m.bot})
	},
	"AddAudit": func(ctx context.Context, m *middle) error {
		return m.AddAudit(ctx, store.AuditEntry{Action: "webhook.reveal_secret"})
	},
}

var errDiskFull = fmt.Errorf("%w: disk full", store.ErrUnavailable)

func TestAnActThatFailsAnywhereLeavesNothingBehind(t *testing.T) {
	for name, act := range wholeActs {
		t.Run(name, func(t *testing.T) {
			m := newMiddle(t)
			m.requireNothingLeft(t, func(ctx context.Context) error { return act(ctx, m) }, errRefused, errDiskFull)
		})
	}
}

// What a group writes together, it writes not at all if one statement fails.
func TestAnActThatFailsAnywhereLeavesNothingBehindInPostgres(t *testing.T) {
	for name, act := range wholeActs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMiddleOf(t, Config{URL: pgtest.Lend(t), Keys: secret.NewKeyring([32]byte{1})})
			m.requireNothingLeft(t, func(ctx context.Context) error { return act(ctx, m) }, errDiskFull)
		})
	}
}

// requireNothingLeft fails an act at its first statement in each way, then at its second, until it succeeds, and compares all that
// there is after each failure with what was there before.
func (m *middle) requireNothingLeft(t *testing.T, act func(context.Context) error, failures ...error) {
	t.Helper()
	before := m.state(t)
	begin := m.writer.begin
	defer func() { m.writer.begin = begin }()
	for statements := 0; ; statements++ {
		require.Less(t, statements, 200)
		for _, failure := range failures {
			left := statements
			m.writer.begin = func(_ *statement.Statements, now time.Time) *tx {
				return begin(statement.New(failing{Conn: m.writer.conn, left: &left, err: failure}, m.writer.dialect, nil), now)
			}
			err := act(t.Context())
			if left >= 0 { // nothing was failed
				require.NoError(t, err)
				require.Positive(t, statements)
				require.NotEqual(t, before, m.state(t), "it did something in the end")
				return
			}
			require.Error(t, err, "statement %d failed", statements)
			require.Equal(t, before, m.state(t), "statement %d: %s", statements, failure)
		}
	}
}

func TestWhatARefusedOperationCountedIsNotCounted(t *testing.T) {
	m := newMiddle(t)
	before := m.state(t)
	for name, touch := range map[string]func(*tx, *healthRow){
		"what waits":   func(tx *tx, h *healthRow) { tx.move(h, "", store.Queued, 7) },
		"what is held": func(tx *tx, h *healthRow) { tx.move(h, "", store.Held, 7) },
		"counters":     func(tx *tx, h *healthRow) { tx.count(store.FirstWebhook(m.bot), store.CountAccepted, 0, 7) },
		"news":         func(tx *tx, h *healthRow) { tx.changed(store.FirstWebhook(m.bot), store.Due) },
		"memory":       func(tx *tx, h *healthRow) { tx.onCommit(func() { m.waiting.Add(7) }) },
		"forgiven": func(tx *tx, h *healthRow) {
			require.NoError(t, tx.forgive(store.FirstWebhook(m.bot), []store.Field{store.FieldURL}))
			h.LastCode = 7
		},
	} {
		require.ErrorIs(t, m.write(t.Context(), func(tx *tx) error {
			h, err := tx.healthOf(store.FirstWebhook(m.bot))
			require.NoError(t, err)
			touch(tx, h)
			return errRefused
		}), errRefused)
		require.Equal(t, before, m.state(t), name)
	}
}

func TestFlushesAreSorted(t *testing.T) {
	keys := []counterKey{
		{webhook: store.FirstWebhook(uuid.UUID{2}), hour: 1, kind: "a"},
		{webhook: store.FirstWebhook(uuid.UUID{1}), hour: 2, kind: "a"},
		{webhook: store.FirstWebhook(uuid.UUID{1}), hour: 1, kind: "b"},
		{webhook: store.FirstWebhook(uuid.UUID{1}), hour: 1, kind: "a", bucket: 2},
		{webhook: store.FirstWebhook(uuid.UUID{1}), hour: 1, kind: "a", bucket: 1},
	}
	sorted := slices.SortedFunc(slices.Values(keys), counterKey.compare)
	slices.Reverse(keys)
	require.Equal(t, keys[0], sorted[0])
	require.True(t, slices.IsSortedFunc(sorted, counterKey.compare))
	one, two, three := store.WebhookID{BotID: uuid.UUID{1}, N: 1}, store.WebhookID{BotID: uuid.UUID{1}, N: 2}, store.WebhookID{BotID: uuid.UUID{2}, N: 1}
	require.Equal(t, []store.WebhookID{one, two, three}, sortedWebhooks(map[store.WebhookID]bool{three: true, one: true, two: true}))
}
