package db

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

// installation is a middle with people in it: an owner, an editor who is signed in twice and sets a second factor up, somebody who
// has one, an invitation, an API key, and a notification on its way.
type installation struct {
	*middle
	editor, guarded store.Account
	key             store.Key
	invited         store.Invitation
	sessions        [2]store.Session
	sends           []store.NotificationSend
	job, release    store.Job
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	h := &installation{middle: newMiddle(t)}
	ctx := t.Context()
	_, err := h.CreateFirstAccount(ctx, store.Account{Email: "owner@example.com", PasswordHash: "x", Role: store.RoleOwner}, "")
	require.NoError(t, err)
	for email, account := range map[string]*store.Account{"editor@example.com": &h.editor, "guarded@example.com": &h.guarded} {
		*account, err = h.CreateAccount(ctx, store.Account{Email: email, PasswordHash: "x", Role: store.RoleEditor}, store.Actor{})
		require.NoError(t, err)
	}
	h.begin(t)
	require.NoError(t, h.BeginSecondFactor(ctx, h.editor.ID, "NEW"))
	require.NoError(t, h.BeginSecondFactor(ctx, h.guarded.ID, "SECRET"))
	require.NoError(t, h.ConfirmSecondFactor(ctx, h.guarded.ID, "SECRET", 1, [][32]byte{{1}, {2}}, store.Actor{Name: h.guarded.Email}))
	h.invited, err = h.CreateInvitation(ctx, store.Invitation{TokenHash: [32]byte{1}, Email: "friend@example.com", Role: store.RoleViewer, By: store.Actor{ID: h.editor.ID}, ExpiresAt: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	h.key = store.Key{ID: uuid.New(), Name: "ci", Role: store.RoleIngest}
	require.NoError(t, h.CreateKey(ctx, h.key))
	require.NoError(t, h.SetNotificationWebhook(ctx, "https://notify.example/x", store.Actor{}))
	require.NoError(t, h.change(ctx, "failing"))
	h.sends, err = h.ClaimNotifications(ctx, 1, time.Minute)
	require.NoError(t, err)
	require.Len(t, h.sends, 1)
	h.job, err = h.StartResend(ctx, store.DeliveryFilter{BotID: h.bot, Status: []store.Status{store.Delivered}}, store.Actor{})
	require.NoError(t, err)
	h.release, err = h.StartRelease(ctx, store.FirstWebhook(h.back), store.Actor{})
	require.NoError(t, err)
	return h
}

// begin signs the editor in, in two browsers.
func (h *installation) begin(t *testing.T) {
	t.Helper()
	for i := range h.sessions {
		h.sessions[i] = store.Session{ID: uuid.New(), AccountID: h.editor.ID, Mark: h.PowersMark(h.editor)}
		require.NoError(t, h.CommitSession(t.Context(), fmt.Sprint("token ", i), []byte("data"), time.Now().Add(time.Hour), h.sessions[i]))
	}
}

// change notes that a condition of the bot begins, and tells of it.
func (h *installation) change(ctx context.Context, kind string) error {
	return h.ChangeAlerts(ctx, []store.AlertChange{{WebhookID: store.FirstWebhook(h.bot), Kind: kind, Holds: true}}, true, func(fresh []store.AlertChange) []store.Notification {
		return []store.Notification{{ID: uuid.Must(uuid.NewV7()), Kind: kind, BotID: h.bot, Title: kind}}
	})
}

// accessActs are wholeActs of accounts, invitations, keys, sessions, second factors and notifications.
var accessActs = map[string]func(context.Context, *installation) error{
	"CreateAccount": func(ctx context.Context, h *installation) error {
		_, err := h.CreateAccount(ctx, store.Account{Email: "friend@example.com", PasswordHash: "x", Role: store.RoleViewer}, store.Actor{})
		return err
	},
	"SetPasswordHash": func(ctx context.Context, h *installation) error {
		return h.SetPasswordHash(ctx, h.editor.ID, "new", store.Actor{})
	},
	"ChangePassword": func(ctx context.Context, h *installation) error {
		return h.ChangePassword(ctx, h.editor.ID, "x", "new", store.Actor{})
	},
	"SetRole": func(ctx context.Context, h *installation) error {
		return h.SetRole(ctx, h.editor.ID, store.RoleViewer, store.Actor{})
	},
	"RemoveAccount": func(ctx context.Context, h *installation) error {
		return h.RemoveAccount(ctx, h.editor.ID, store.Actor{})
	},
	"RemoveAccount with a second factor": func(ctx context.Context, h *installation) error {
		return h.RemoveAccount(ctx, h.guarded.ID, store.Actor{})
	},

	"CreateInvitation": func(ctx context.Context, h *installation) error {
		_, err := h.CreateInvitation(ctx, store.Invitation{TokenHash: [32]byte{2}, Email: "friend@example.com", Role: store.RoleOwner, ExpiresAt: time.Now().Add(time.Hour)})
		return err
	},
	"AcceptInvitation": func(ctx context.Context, h *installation) error {
		_, err := h.AcceptInvitation(ctx, h.invited.TokenHash, "x", "")
		return err
	},
	"RevokeInvitation": func(ctx context.Context, h *installation) error {
		return h.RevokeInvitation(ctx, h.invited.ID, store.Actor{})
	},
	"DeleteExpiredInvitations": func(ctx context.Context, h *installation) error {
		return h.DeleteExpiredInvitations(ctx, time.Now().Add(2*time.Hour))
	},

	"RevokeKey": func(ctx context.Context, h *installation) error { return h.RevokeKey(ctx, h.key.ID, store.Actor{}) },
	"TouchKey":  func(ctx context.Context, h *installation) error { return h.TouchKey(ctx, h.key) },

	"CommitSession of a sign-in": func(ctx context.Context, h *installation) error {
		s := store.Session{ID: uuid.New(), AccountID: h.editor.ID, Mark: h.PowersMark(h.editor), SignIn: true}
		return h.CommitSession(ctx, "another", []byte("data"), time.Now().Add(time.Hour), s)
	},
	"CommitSession that is known": func(ctx context.Context, h *installation) error {
		return h.CommitSession(ctx, "token 0", []byte("other"), time.Now().Add(2*time.Hour), h.sessions[0])
	},
	"TouchSession": func(ctx context.Context, h *installation) error {
		s := h.sessions[0]
		s.IP = "192.0.2.7"
		return h.TouchSession(ctx, s)
	},
	"ChangeSessionNote": func(ctx context.Context, h *installation) error {
		return h.ChangeSessionNote(ctx, h.sessions[0].ID, func(n *store.SessionNote) { n.Say(store.Said{Text: "Saved."}) })
	},
	"SignOut":       func(ctx context.Context, h *installation) error { return h.SignOut(ctx, h.sessions[0], store.Actor{}) },
	"DeleteSession": func(ctx context.Context, h *installation) error { return h.DeleteSession(ctx, "token 0") },
	"EndSession": func(ctx context.Context, h *installation) error {
		return h.EndSession(ctx, h.editor.ID, h.sessions[0].ID, store.Actor{})
	},
	"EndOtherSessions": func(ctx context.Context, h *installation) error {
		return h.EndOtherSessions(ctx, h.editor.ID, h.sessions[0].ID, store.Actor{})
	},
	"DeleteExpiredSessions": func(ctx context.Context, h *installation) error {
		return h.DeleteExpiredSessions(ctx, time.Now().Add(2*time.Hour))
	},

	"BeginSecondFactor": func(ctx context.Context, h *installation) error {
		return h.BeginSecondFactor(ctx, h.editor.ID, "NEWER")
	},
	"ConfirmSecondFactor": func(ctx context.Context, h *installation) error {
		return h.ConfirmSecondFactor(ctx, h.editor.ID, "NEW", 1, [][32]byte{{3}}, store.Actor{})
	},
	"UseCode": func(ctx context.Context, h *installation) error { return h.UseCode(ctx, h.guarded.ID, "SECRET", 2) },
	"UseRecoveryCode": func(ctx context.Context, h *installation) error {
		return h.UseRecoveryCode(ctx, h.guarded.ID, [32]byte{1}, store.Actor{})
	},
	"SetRecoveryCodes": func(ctx context.Context, h *installation) error {
		return h.SetRecoveryCodes(ctx, h.guarded.ID, [][32]byte{{4}}, store.Actor{})
	},
	"RemoveSecondFactor": func(ctx context.Context, h *installation) error {
		return h.RemoveSecondFactor(ctx, h.guarded.ID, store.Actor{})
	},

	"SetNotificationWebhook": func(ctx context.Context, h *installation) error {
		return h.SetNotificationWebhook(ctx, "https://notify.example/y", store.Actor{})
	},
	"SetRetentionDays": func(ctx context.Context, h *installation) error {
		return h.SetRetentionDays(ctx, 14, store.Actor{})
	},
	"ChooseMail":   func(ctx context.Context, h *installation) error { return h.ChooseMail(ctx, h.editor.ID, false) },
	"ChangeAlerts": func(ctx context.Context, h *installation) error { return h.change(ctx, "silent") },
	"ClaimNotifications": func(ctx context.Context, h *installation) error {
		_, err := h.ClaimNotifications(ctx, 10, time.Minute)
		return err
	},
	"SettleNotification": func(ctx context.Context, h *installation) error {
		return h.SettleNotification(ctx, h.sends[0], time.Now().Add(time.Minute), "refused")
	},
	"DeleteOldNotifications": func(ctx context.Context, h *installation) error {
		return h.DeleteOldNotifications(ctx, time.Now().Add(time.Hour))
	},

	// The step of an erasure takes several transactions, each with its progress (TestAKilledProcessLeavesJobsThatTheNextOneEnds).
	"StepJob of a resend": func(ctx context.Context, h *installation) error {
		_, err := h.StepJob(ctx, h.job, 10, nil)
		return err
	},
	"StepJob of a release": func(ctx context.Context, h *installation) error {
		_, err := h.StepJob(ctx, h.release, 10, nil)
		return err
	},
	"StopJob": func(ctx context.Context, h *installation) error {
		_, err := h.StopJob(ctx, h.job.ID, store.Actor{})
		return err
	},
	"DeleteOld": func(ctx context.Context, h *installation) error {
		_, err := h.DeleteOld(ctx, time.Now().Add(time.Hour), 10)
		return err
	},
	"Ping":       func(ctx context.Context, h *installation) error { return h.Ping(ctx) },
	"NoteUpkeep": func(ctx context.Context, h *installation) error { return h.NoteUpkeep(ctx, time.Now(), time.Time{}) },
}

func TestAnActOfPeopleThatFailsAnywhereLeavesNothingBehind(t *testing.T) {
	for name, act := range accessActs {
		t.Run(name, func(t *testing.T) {
			h := newInstallation(t)
			h.requireNothingLeft(t, func(ctx context.Context) error { return act(ctx, h) }, errRefused, errDiskFull)
		})
	}
}
