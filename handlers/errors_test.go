package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestEachErrorHasItsStatus(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"a problem":        {&Problem{Status: 422, Title: "Invalid"}, 422},
		"not found":        {store.ErrNotFound, 404},
		"exists":           {store.ErrExists, 409},
		"last owner":       {store.ErrLastOwner, 409},
		"bad cursor":       {store.ErrBadCursor, 422},
		"stale":            {&store.StaleError{}, 412},
		"too much waiting": {&store.BacklogError{RetryAfter: time.Minute}, 429},
		"disk full":        {fmt.Errorf("%w: %w", store.ErrUnavailable, store.ErrFull), 503},
		"not now":          {store.ErrUnavailable, 503},
		"closing":          {store.ErrClosed, 503},
		"too large":        {&http.MaxBytesError{Limit: maxBody}, 413},
		"no such address":  {echo.ErrNotFound, 404},
		"the caller went":  {context.Canceled, 499},
		"anything else":    {errors.New("SQL logic error near \"secret\""), 500},
	} {
		p := problemOf(fmt.Errorf("some handler: %w", c.err))
		require.Equal(t, c.want, p.Status, name)
		require.NotEmpty(t, p.Title, name)
		require.NotContains(t, p.Error(), "secret", name)
	}
}

func TestProblemsOnTheWire(t *testing.T) {
	ta := newTestApp(t)
	c := ta.router.NewContext(httptest.NewRequest("POST", "/v1/bots", nil), httptest.NewRecorder())
	problem := &Problem{
		Status: 429, Title: "Too many", Detail: "Later.", RetryAfter: 1500 * time.Millisecond,
		Errors: []FieldError{{"/0/event_name", "is required"}},
	}
	require.NoError(t, ta.fail(c, fmt.Errorf("accept: %w", problem)))
	res := c.Response().Writer.(*httptest.ResponseRecorder)
	require.Equal(t, "2", res.Header().Get("Retry-After"))
	var got map[string]any
	require.NoError(t, json.Unmarshal(res.Body.Bytes(), &got))
	require.Equal(t, map[string]any{
		"title": "Too many", "status": 429.0, "detail": "Later.",
		"errors": []any{map[string]any{"pointer": "/0/event_name", "message": "is required"}},
	}, got)
}

func TestPagesShowProblemsWithTheMenuOfWhoIsSignedIn(t *testing.T) {
	ta := signedInApp(t)
	bot := ta.newBot("Quiz")
	require.NoError(t, ta.Store.DeleteBot(t.Context(), bot.ID, store.Actor{}))
	page := ta.get("/bots/" + bot.ID.String() + "/settings/general")
	require.Equal(t, http.StatusNotFound, page.Code)
	require.Contains(t, page.Body.String(), "Sign out")

	r := httptest.NewRequest(http.MethodGet, testHost+"/bots/"+bot.ID.String()+"/settings/general", nil)
	r.Header.Set("X-Fragment", "true")
	fragment := ta.do(r)
	require.Equal(t, http.StatusNotFound, fragment.Code)
	require.NotContains(t, fragment.Body.String(), "<html")
}
