package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/option"
)

var headerRules = map[string]func(*testing.T, Open){
	"a header without value keeps the stored one, wherever it stands": headersKeep,
	"there is nothing to keep under a new name":                       headersNothingToKeep,
	"a stored value stays with its origin for who may not see it":     headersStayWithTheirOrigin,
	"values that go to another origin are reported and audited":       headersThatMove,
}

func headersKeep(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Headers: &[]store.HeaderChange{
		{Name: "Authorization", Value: new("Bearer s3cret")}, {Name: "X-Source", Value: new("iozen")},
	}})
	w := b.save(store.WebhookChange{Headers: &[]store.HeaderChange{
		{Name: "X-New", Value: new("1")}, {Name: "X-Source"}, {Name: "AUTHORIZATION"},
	}})
	want := []store.Header{{Name: "X-New", Value: "1"}, {Name: "X-Source", Value: "iozen"}, {Name: "AUTHORIZATION", Value: "Bearer s3cret"}}
	require.Equal(t, want, w.Headers)
	require.Equal(t, want, b.webhook().Headers)
}

func headersNothingToKeep(t *testing.T, open Open) {
	b := setup(t, open)
	before := b.save(store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "Authorization", Value: new("Bearer s3cret")}}})
	_, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{By: maria, URL: new("https://x.example"), Headers: &[]store.HeaderChange{
		{Name: "X-A", Value: new("1")}, {Name: "Authorization2"},
	}})
	var keep *store.KeepError
	require.ErrorAs(t, err, &keep)
	require.Equal(t, store.KeepError{Index: 1, Name: "Authorization2"}, *keep)
	require.NotContains(t, err.Error(), "s3cret")
	require.Equal(t, before, b.webhook(), "nothing is changed")
}

func headersStayWithTheirOrigin(t *testing.T, open Open) {
	b := setup(t, open)
	kept := func(url *string) store.WebhookChange {
		return store.WebhookChange{By: maria, StayWithOrigin: true, URL: url, Headers: &[]store.HeaderChange{{Name: "authorization"}}}
	}
	b.save(store.WebhookChange{URL: new("https://crm.example/hook"), Headers: &[]store.HeaderChange{{Name: "Authorization", Value: new("Bearer s3cret")}}})
	for _, url := range []*string{new("https://crm.example/other"), new(""), nil} {
		_, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), kept(url))
		require.NoError(t, err)
	}
	before := b.webhook() // without a URL: no origin is this one's
	for _, change := range []store.WebhookChange{kept(new("https://evil.example/")), {By: maria, StayWithOrigin: true, URL: new("https://evil.example/")}} {
		_, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), change)
		var keep *store.KeepError
		require.ErrorAs(t, err, &keep)
		require.True(t, keep.Moved)
		require.NotContains(t, err.Error(), "s3cret")
		require.Equal(t, before, b.webhook(), "nothing is changed")
	}
}

func headersThatMove(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{URL: new("https://old.example/hook"), Headers: &[]store.HeaderChange{
		{Name: "Authorization", Value: new("Bearer s3cret")}, {Name: "X-Team", Value: new("sales")},
	}})
	moved, err := b.ChangeWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{By: maria, URL: new("https://new.example:8443/"), Headers: &[]store.HeaderChange{
		{Name: "Authorization"}, {Name: "X-Team", Value: new("other")},
	}})
	require.NoError(t, err)
	require.True(t, moved.Moved)
	require.Equal(t, "new.example:8443", moved.LeakTo)
	require.Equal(t, []string{"Authorization"}, moved.Leaked, "one that is given anew is not led anywhere")
	newest := func() store.AuditEntry {
		entries, err := AuditEntries(b.ctx(), b.DB, b.bot, 1)
		require.NoError(t, err)
		return entries[0]
	}
	require.Equal(t, "webhook.origin_change", newest().Action)
	require.Equal(t, "new.example:8443", newest().Target)
	require.Equal(t, "from old.example, and kept the hidden headers: Authorization", newest().Note)
	require.Equal(t, maria.Name, newest().By.Name)

	again, err := b.ChangeWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{By: maria, URL: new("https://new.example:8443/other")})
	require.NoError(t, err)
	require.False(t, again.Moved)
	require.Empty(t, again.LeakTo)
	require.NotEqual(t, "webhook.origin_change", newest().Action)
}

var secretRules = map[string]func(*testing.T, Open){
	"a new secret signs at once, the old one for a day":            secretRotated,
	"two secrets sign, never three":                                secretRotatedTwice,
	"the old secret can be ended before its day is over":           secretOverlapEnded,
	"it is not a version of the settings, and conflicts with none": secretIsNoVersion,
	"a bot that is gone has no secret":                             secretUnknownBot,
}

func secretRotated(t *testing.T, open Open) {
	b := setup(t, open)
	before := b.webhook()
	w, err := b.RotateSecret(b.ctx(), store.FirstWebhook(b.bot), anna)
	require.NoError(t, err)
	require.Regexp(t, `^whsec_[A-Za-z0-9+/]{43}=$`, w.Secret)
	require.NotEqual(t, before.Secret, w.Secret)
	want := before
	want.Secret, want.PreviousSecret, want.PreviousUntil = w.Secret, before.Secret, began.Add(24*time.Hour)
	require.Equal(t, want, w)
	require.Equal(t, want, b.webhook())
	b.accept(b.events(1)...)
	sent := b.claim(1).Webhook
	require.Equal(t, []any{want.Secret, want.PreviousSecret, want.PreviousUntil}, []any{sent.Secret, sent.PreviousSecret, sent.PreviousUntil})
	entry := b.audited(b.bot, "webhook.rotate_secret")
	require.Equal(t, anna, entry.By)
	require.NotContains(t, entry.Target+entry.Note, "whsec_")
}

func secretRotatedTwice(t *testing.T, open Open) {
	b := setup(t, open)
	first, err := b.RotateSecret(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.NoError(t, err)
	b.clock.Add(time.Hour)
	second, err := b.RotateSecret(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.NoError(t, err)
	require.Equal(t, first.Secret, second.PreviousSecret)
	require.Equal(t, b.clock.Now().Add(24*time.Hour), second.PreviousUntil)
}

func secretOverlapEnded(t *testing.T, open Open) {
	b := setup(t, open)
	same, err := b.EndSecretOverlap(b.ctx(), store.FirstWebhook(b.bot), anna)
	require.NoError(t, err)
	require.Equal(t, b.webhook(), same, "there is no old one")
	rotated, err := b.RotateSecret(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.NoError(t, err)
	b.clock.Add(time.Hour)
	w, err := b.EndSecretOverlap(b.ctx(), store.FirstWebhook(b.bot), anna)
	require.NoError(t, err)
	require.Equal(t, rotated.Secret, w.Secret)
	require.Empty(t, w.PreviousSecret)
	require.False(t, w.TwoSign(b.clock.Now()))
	require.Equal(t, rotated.PreviousUntil, w.PreviousUntil, "it shows when the secrets were rotated")
	require.Equal(t, w, b.webhook())
	require.Equal(t, anna, b.audited(b.bot, "webhook.end_old_secret").By)
}

func secretIsNoVersion(t *testing.T, open Open) {
	b := setup(t, open)
	base := b.webhook().Version
	_, err := b.RotateSecret(b.ctx(), store.FirstWebhook(b.bot), anna)
	require.NoError(t, err)
	w := b.save(store.WebhookChange{Base: &base, IfVersion: &base, URL: new("https://new.example")})
	require.Equal(t, base+1, w.Version)
	require.NotEmpty(t, w.PreviousSecret)
}

func secretUnknownBot(t *testing.T, open Open) {
	b := setup(t, open)
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	_, err := b.RotateSecret(b.ctx(), store.FirstWebhook(b.bot), maria)
	require.ErrorIs(t, err, store.ErrNotFound)
}

var settingsRules = map[string]func(*testing.T, Open){
	"a new bot's webhook is off, without URL, with a secret": settingsNew,
	"only the given fields change":                           settingsPartly,
	"what changes nothing makes no version":                  settingsUnchanged,
	"each field says who changed it last, when":              settingsFields,
	"If-Match: another version is refused whole":             settingsIfVersion,
	"without a condition the last write wins":                settingsLastWins,
	"URL and rate limit can be taken away":                   settingsRemove,
	"a bot that is gone has no settings":                     settingsUnknownBot,
}

// anna changes things behind maria's back.
var anna = store.Actor{Name: "anna@acme.example"}

func settingsNew(t *testing.T, open Open) {
	b := setup(t, open)
	b.bot = b.newBot("another")
	w := b.webhook()
	require.Regexp(t, `^whsec_[A-Za-z0-9+/]{43}=$`, w.Secret)
	w.Secret = ""
	require.Equal(t, store.Webhook{
		WebhookID: store.FirstWebhook(b.bot), Version: 1, EventNames: []string{}, WebhookState: store.WebhookState{ChangedAt: began},
		FieldVersions: map[store.Field]int64{}, FieldChanges: map[store.Field]store.Change{},
	}, w)
	b.bot = b.newBot("a third")
	require.NotEqual(t, w.Secret, b.webhook().Secret)
}

func settingsPartly(t *testing.T, open Open) {
	b := setup(t, open)
	before := b.webhook()
	b.clock.Add(time.Hour)
	w := b.save(store.WebhookChange{
		EventNames: &[]string{"Lead"}, RateLimit: new(2.5),
		Headers: &[]store.HeaderChange{{Name: "X-A", Value: new("1")}, {Name: "X-B", Value: new("")}},
	})
	require.Equal(t, w, b.webhook(), "what is answered is what stands there")
	require.Equal(t, before.Version+1, w.Version)
	require.Equal(t, []string{"Lead"}, w.EventNames)
	require.InDelta(t, 2.5, *w.RateLimit, 0)
	require.Equal(t, []store.Header{{Name: "X-A", Value: "1"}, {Name: "X-B", Value: ""}}, w.Headers)
	require.Equal(t, before.URL, w.URL)
	require.True(t, w.Enabled)
	require.Equal(t, before.Secret, w.Secret)
	require.Equal(t, b.clock.Now(), w.ChangedAt)
}

func settingsUnchanged(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-A", Value: new("1")}}, EventNames: &[]string{"Lead"}, RateLimit: new(1.0)})
	before := b.webhook()
	b.clock.Add(time.Hour)
	for _, c := range []store.WebhookChange{
		{},
		{Enabled: new(true), URL: new(hook), RateLimit: new(1.0), EventNames: &[]string{"Lead"}},
		{Headers: &[]store.HeaderChange{{Name: "X-A"}}},
		{URL: new(hook), Base: new(int64(1)), QuietFor: time.Second},
	} {
		require.Equal(t, before, b.save(c))
	}
	require.Equal(t, before, b.webhook())
}

func settingsFields(t *testing.T, open Open) {
	b := setup(t, open)
	b.clock.Add(time.Minute)
	w := b.save(store.WebhookChange{URL: new(hook + "/2"), By: anna, Edit: &store.Edit{Tab: "t", Seq: 4}})
	require.Equal(t, map[store.Field]int64{store.FieldEnabled: 2, store.FieldURL: 3}, w.FieldVersions)
	require.Equal(t, map[store.Field]store.Change{
		store.FieldEnabled: {By: maria, At: began},
		store.FieldURL:     {By: anna, At: b.clock.Now(), Edit: store.Edit{Tab: "t", Seq: 4}},
	}, w.FieldChanges)
}

func settingsIfVersion(t *testing.T, open Open) {
	b := setup(t, open)
	before := b.webhook()
	_, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{IfVersion: new(before.Version - 1), URL: new("https://x.example"), By: maria})
	var stale *store.StaleError
	require.ErrorAs(t, err, &stale)
	require.Equal(t, before, stale.Current)
	require.Empty(t, stale.Fields)
	require.Equal(t, before, b.webhook())
	w := b.save(store.WebhookChange{IfVersion: &before.Version, URL: new("https://x.example")})
	require.Equal(t, "https://x.example", w.URL)
}

func settingsLastWins(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{URL: new("https://one.example")})
	require.Equal(t, "https://two.example", b.save(store.WebhookChange{URL: new("https://two.example")}).URL)
}

func settingsRemove(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{RateLimit: new(5.0), Headers: &[]store.HeaderChange{{Name: "X-A", Value: new("1")}}, EventNames: &[]string{"Lead"}})
	w := b.save(store.WebhookChange{RateLimit: new(0.0), URL: new(""), Headers: &[]store.HeaderChange{}, EventNames: &[]string{}})
	require.Nil(t, w.RateLimit)
	require.Empty(t, w.URL)
	require.Empty(t, w.Headers)
	require.Empty(t, w.EventNames)
	require.Equal(t, w.Version, b.save(store.WebhookChange{RateLimit: new(0.0), URL: new("")}).Version)
	b.requireSame(w, b.webhook())
}

// requireSame compares settings, with no list and an empty one being the same.
func (b *bundle) requireSame(want, got store.Webhook) {
	b.t.Helper()
	for _, w := range []*store.Webhook{&want, &got} {
		if len(w.Headers) == 0 {
			w.Headers = nil
		}
		if len(w.EventNames) == 0 {
			w.EventNames = nil
		}
	}
	require.Equal(b.t, want, got)
}

func settingsUnknownBot(t *testing.T, open Open) {
	b := setup(t, open)
	require.NoError(t, b.DeleteBot(b.ctx(), b.bot, maria))
	_, err := b.Webhook(b.ctx(), store.FirstWebhook(b.bot))
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = b.SaveWebhook(b.ctx(), store.FirstWebhook(b.bot), store.WebhookChange{Enabled: new(false), By: maria})
	require.ErrorIs(t, err, store.ErrNotFound)
	require.ErrorIs(t, b.SwitchOff(b.ctx(), store.FirstWebhook(b.newID()), "gone"), store.ErrNotFound)
}

var settlingRules = map[string]func(*testing.T, Open){
	"an edit of URL or headers settles, another does not":     settlingFields,
	"each edit of them begins the wait anew":                  settlingAnew,
	"an edit of the format has a quiet time too":              settlingFormat,
	"a change through the API counts at once":                 settlingAPI,
	"what came in meanwhile goes out with the new settings":   settlingDelivers,
	"who tests has finished typing, and what is tested stays": settlingUse,
}

const settle = 5 * time.Second

func settlingFields(t *testing.T, open Open) {
	for name, c := range map[string]struct {
		change  store.WebhookChange
		settles bool
	}{
		"URL":         {store.WebhookChange{URL: new("https://new.example")}, true},
		"URL emptied": {store.WebhookChange{URL: new("")}, true},
		"headers":     {store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-A", Value: new("1")}}}, true},
		"switch":      {store.WebhookChange{Enabled: new(false)}, false},
		"events":      {store.WebhookChange{EventNames: &[]string{"Lead"}}, false},
		"rate limit":  {store.WebhookChange{RateLimit: new(1.0)}, false},
		"leave out":   {store.WebhookChange{Change: option.Change{LeaveOut: &[]string{"source_url"}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, open)
			b.clock.Add(time.Minute)
			c.change.QuietFor = settle
			w := b.save(c.change)
			if c.settles {
				require.Equal(t, b.clock.Now().Add(settle), w.QuietUntil)
				require.Equal(t, b.clock.Now(), w.ChangedAt)
				return
			}
			require.Equal(t, began, w.QuietUntil)
			require.Equal(t, began, w.ChangedAt)
		})
	}
}

// settlingFormat: a half-typed template may be valid, so it waits; where and to whom things are sent did not change.
func settlingFormat(t *testing.T, open Open) {
	b := setup(t, open)
	b.clock.Add(time.Minute)
	format := option.Format{Type: option.FormatFlat}
	w := b.save(store.WebhookChange{Change: option.Change{Format: &format}, QuietFor: settle})
	require.Equal(t, b.clock.Now().Add(settle), w.QuietUntil)
	require.Equal(t, began, w.ChangedAt)
}

func settlingAnew(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{URL: new("https://h.example"), QuietFor: settle})
	b.clock.Add(3 * time.Second)
	w := b.save(store.WebhookChange{Headers: &[]store.HeaderChange{{Name: "X-A", Value: new("1")}}, QuietFor: settle})
	require.Equal(t, began.Add(8*time.Second), w.QuietUntil)
	w = b.save(store.WebhookChange{Enabled: new(false), QuietFor: settle})
	require.Equal(t, began.Add(8*time.Second), w.QuietUntil)
}

func settlingAPI(t *testing.T, open Open) {
	b := setup(t, open)
	b.accept(b.events(1)...)
	b.save(store.WebhookChange{URL: new("https://h.example"), QuietFor: settle})
	b.save(store.WebhookChange{URL: new("https://api.example")})
	require.Equal(t, "https://api.example", b.claim(1).Webhook.URL)
	require.Equal(t, store.Sending, b.list(store.DeliveryFilter{})[0].Status)
}

func settlingDelivers(t *testing.T, open Open) {
	b := setup(t, open)
	b.save(store.WebhookChange{URL: new(""), QuietFor: settle})
	id := b.accept(b.event("meanwhile"))[0]
	b.clock.Add(3 * time.Second)
	b.save(store.WebhookChange{URL: new("https://new.example"), QuietFor: settle})
	b.clock.Add(settle)
	c := b.claim(10)
	require.Equal(t, []uuid.UUID{id}, claimIDs(c.Claims))
	require.Equal(t, "https://new.example", c.Webhook.URL)
}

func settlingUse(t *testing.T, open Open) {
	b := setup(t, open)
	saved := b.save(store.WebhookChange{URL: new("https://h.example"), QuietFor: settle})
	w, err := b.UseWebhook(b.ctx(), store.FirstWebhook(b.bot))
	require.NoError(t, err)
	require.Equal(t, b.webhook(), w)
	require.Equal(t, began, w.QuietUntil, "what settled counts at once")
	next := b.save(store.WebhookChange{URL: new(""), QuietFor: settle})
	v, err := b.WebhookVersion(b.ctx(), store.FirstWebhook(b.bot), saved.Version)
	require.NoError(t, err)
	require.True(t, v.Used, "it stays, however the settings are edited")
	w, err = b.UseWebhook(b.ctx(), store.FirstWebhook(b.bot))
	require.NoError(t, err)
	require.Empty(t, w.URL)
	v, err = b.WebhookVersion(b.ctx(), store.FirstWebhook(b.bot), next.Version)
	require.NoError(t, err)
	require.False(t, v.Used, "without a URL nothing can be sent with it")
}
