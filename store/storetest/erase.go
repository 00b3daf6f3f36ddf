package storetest

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/upkeep"
)

var eraseRules = map[string]func(*testing.T, Open){
	"a few at a time, and it says how far it has got": eraseInSteps,
	"begun and ended in the audit log, by keyed hash": eraseAudited,
	"nobody stops one that runs":                      eraseNoStop,
	"it ends though the person keeps coming":          eraseComing,
	"it forgets who it was at its end":                eraseForgets,
	"what came before it was asked for is erased":     eraseTwice,
	"a damaged resend keeps nobody from being erased": eraseBesideDamage,
	"who waits is answered at its end":                eraseAwaited,
	"who waits has patience":                          eraseImpatient,
	"its worker erases all, beside the other jobs":    eraseWorker,
}

func (b *bundle) startErase(value string) store.Job {
	b.t.Helper()
	j, err := b.StartErase(b.ctx(), store.Person{Kind: store.PersonEmail, Value: value}, maria)
	require.NoError(b.t, err)
	return j
}

// eraseStep is a step of an erasure that leaves "{}" of each payload.
func (b *bundle) eraseStep(j store.Job, limit int) store.Job {
	b.t.Helper()
	j, err := b.StepJob(b.ctx(), j, limit, func([]byte) []byte { return []byte("{}") })
	require.NoError(b.t, err)
	return j
}

// janes accepts n events of Jane.
func (b *bundle) janes(n int) (ids []uuid.UUID) {
	b.t.Helper()
	for range n {
		ids = append(ids, b.accept(b.lead(uuid.NewString(), jane, "", ""))...)
	}
	return ids
}

func eraseInSteps(t *testing.T, open Open) {
	b := setup(t, open)
	b.janes(5)
	b.accept(b.lead("other", "anna@example.com", "", ""))
	j := b.startErase(jane)
	require.Negative(t, j.Total, "counting may take a while")
	for _, done := range []int{2, 4} {
		j = b.eraseStep(j, 2)
		require.Equal(t, []any{store.JobRunning, done, 5}, []any{j.State, j.Done, j.Total})
		require.Len(t, b.found(b.bot, jane), 5-done)
		j, _ = b.Job(b.ctx(), j.ID) // as another process finds it
	}
	j = b.eraseStep(j, 2)
	require.Equal(t, []any{store.JobDone, "", 5, 5, b.clock.Now()}, []any{j.State, j.Reason, j.Done, j.Total, j.EndedAt})
	require.Empty(t, b.found(b.bot, jane))
	require.Len(t, b.found(b.bot, "anna@example.com"), 1)
	b.requireConsistent()
}

func eraseAudited(t *testing.T, open Open) {
	b := setup(t, open)
	b.janes(1)
	j := b.startErase(jane)
	begun := b.audited(uuid.Nil, "person.erase_start")
	require.Equal(t, maria, begun.By)
	acts, err := b.Erasures(b.ctx(), store.Person{Kind: store.PersonEmail, Value: jane})
	require.NoError(t, err)
	require.Empty(t, acts, "not yet")
	b.eraseStep(j, 10)
	ended := b.audited(uuid.Nil, "person.erase")
	require.Equal(t, []any{maria, "1 events", begun.Target}, []any{ended.By, ended.Note, ended.Target})
	require.Regexp(t, `^email #[0-9a-f]{32}$`, ended.Target)
}

func eraseNoStop(t *testing.T, open Open) {
	b := setup(t, open)
	b.janes(2)
	j := b.eraseStep(b.startErase(jane), 1)
	_, err := b.StopJob(b.ctx(), j.ID, maria)
	require.ErrorIs(t, err, store.ErrNoStop)
	require.False(t, j.CanStop())
	j = EndJob(t, b.DB, j, nil)
	again, err := b.StopJob(b.ctx(), j.ID, maria)
	require.NoError(t, err, "what has ended stays as it is")
	require.Equal(t, store.JobDone, again.State)
}

func eraseComing(t *testing.T, open Open) {
	b := setup(t, open)
	b.janes(4)
	j := b.startErase(jane)
	steps := 0
	for ; j.State == store.JobRunning; steps++ {
		require.Less(t, steps, 10)
		j = b.eraseStep(j, 3)
		b.janes(1) // as fast as a form is sent
	}
	require.Len(t, b.found(b.bot, jane), 1, "who came after the last step is another's business")
}

func eraseForgets(t *testing.T, open Open) {
	b := setup(t, open)
	b.janes(2)
	j := b.eraseStep(b.startErase(jane), 1)
	require.Equal(t, jane, j.Person.Value)
	j = EndJob(t, b.DB, j, nil)
	require.Zero(t, j.Person)
	kept, err := b.Job(b.ctx(), j.ID)
	require.NoError(t, err)
	require.Zero(t, kept.Person)
}

// A second act of the same is a job of its own: the first may be past what came in between.
func eraseTwice(t *testing.T, open Open) {
	b := setup(t, open)
	b.janes(2)
	first := b.startErase(jane)
	b.janes(1)
	second := b.startErase(jane)
	EndJob(t, b.DB, first, nil)
	EndJob(t, b.DB, second, nil)
	require.Empty(t, b.found(b.bot, jane))
}

func eraseBesideDamage(t *testing.T, open Open) {
	b := setup(t, open)
	b.janes(1)
	resend := b.startResend(store.DeliveryFilter{BotID: b.bot, Query: jane})
	Damage(t, b.config.URL, "jobs", "about", "id = ?", resend.ID[:])
	require.Equal(t, store.JobDone, EndJob(t, b.DB, b.startErase(jane), nil).State)
}

func eraseAwaited(t *testing.T, open Open) {
	b := setup(t, open)
	b.janes(3)
	j := b.startErase(jane)
	ended := make(chan store.Job)
	failed := make(chan error, 1)
	go func() {
		end, err := b.AwaitJob(b.ctx(), j.ID, time.Hour)
		failed <- err
		ended <- end
	}()
	j = b.eraseStep(j, 2)
	j = b.eraseStep(j, 2)
	require.NoError(t, <-failed)
	require.Equal(t, j, <-ended)
	at, err := b.AwaitJob(b.ctx(), j.ID, 0)
	require.NoError(t, err)
	require.Equal(t, j, at)
}

func eraseImpatient(t *testing.T, open Open) {
	b := setup(t, open)
	b.janes(3)
	j := b.eraseStep(b.startErase(jane), 2)
	at, err := b.AwaitJob(b.ctx(), j.ID, time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, j, at, "as far as it has got")
	gone, cancel := context.WithCancel(b.ctx())
	cancel()
	_, err = b.AwaitJob(gone, j.ID, time.Hour)
	require.True(t, errors.Is(err, context.Canceled))
	_, err = b.AwaitJob(b.ctx(), b.newID(), time.Hour)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func eraseWorker(t *testing.T, open Open) {
	b := setup(t, open)
	b.fail(2)
	b.janes(150) // more than a step takes
	ids := b.hold3()
	w := &upkeep.JobWorker{DB: b.DB, Log: slog.New(slog.DiscardHandler), Without: func([]byte) []byte { return []byte("{}") }}
	w.Start(b.ctx())
	defer w.Stop()
	jobs := []store.Job{b.startResend(store.DeliveryFilter{BotID: b.bot}), b.startErase(jane), b.startRelease()}
	for i, done := range []int{2, 150, len(ids)} {
		j, err := b.AwaitJob(b.ctx(), jobs[i].ID, time.Minute)
		require.NoError(t, err)
		require.Equal(t, []any{store.JobDone, done}, []any{j.State, j.Done}, j.Kind)
	}
	require.Empty(t, b.found(b.bot, jane))
}
