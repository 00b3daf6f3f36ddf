package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

const (
	// halfwayFor is how long the code may take after the right password.
	halfwayFor = 5 * time.Minute

	halfwayAccountKey = "halfway"
	halfwayUntilKey   = "halfway until"
	halfwayMarkKey    = "halfway mark"
)

// BeginHalfway begins a session of an account that has given its password but not yet its second factor. It opens only the
// page that asks for the code.
func (s *Sessions) BeginHalfway(ctx context.Context, account store.Account, from Client) error {
	if err := s.begin(ctx, uuid.Nil, from); err != nil {
		return err
	}
	s.scs.Put(ctx, halfwayAccountKey, account.ID.String())
	s.scs.Put(ctx, halfwayUntilKey, s.cfg.Now().Add(halfwayFor).Unix())
	s.scs.Put(ctx, halfwayMarkKey, s.cfg.Store.PowersMark(account))
	return nil
}

// Halfway is the account that has given its password but not yet the code; ok is false when there is none, it took too long, or the
// password, the role or the second factor has changed since.
func (s *Sessions) Halfway(ctx context.Context) (account store.Account, ok bool, err error) {
	id, err := uuid.Parse(s.scs.GetString(ctx, halfwayAccountKey))
	if err != nil || s.cfg.Now().Unix() >= s.scs.GetInt64(ctx, halfwayUntilKey) {
		return account, false, nil
	}
	account, err = s.cfg.Store.Account(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return account, false, nil
	}
	if err != nil {
		return account, false, fmt.Errorf("load account: %w", err)
	}
	same := s.scs.GetString(ctx, halfwayMarkKey) == s.cfg.Store.PowersMark(account)
	return account, same && account.SecondFactor, nil
}
