package handlers

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestWhoeverIsNotReadySaysWhy(t *testing.T) {
	for why, says := range map[error]string{
		store.ErrDamaged:     "restore a backup",
		store.ErrLocked:      "a command has this database for itself",
		store.ErrNewer:       "a newer version of ioZen has changed this database: stop this server",
		store.ErrFull:        "the disk of the database is full: make room",
		store.ErrUnavailable: "the database cannot commit",
	} {
		a := &app{Config: Config{Log: slog.New(slog.DiscardHandler)}}
		a.ready = &readiness{now: time.Now, commit: func(context.Context) error { return fmt.Errorf("%w: %w", store.ErrUnavailable, why) }}
		answer := httptest.NewRecorder()
		require.NoError(t, a.readyz(echo.New().NewContext(httptest.NewRequest("GET", "/readyz", nil), answer)))
		require.Equal(t, http.StatusServiceUnavailable, answer.Code)
		require.Contains(t, answer.Body.String(), says)
	}
}
