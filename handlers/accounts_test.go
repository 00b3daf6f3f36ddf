package handlers

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iozen/handlers/auth"
	"iozen/store"
)

func TestPowerIsLostAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		path string
		form url.Values
	}{
		"demoted": {"role", url.Values{"role": {"viewer"}}},
		"removed": {"remove", nil},
	} {
		t.Run(name, func(t *testing.T) {
			ta := signedInApp(t)
			tom := ta.account("tom@acme.example", store.RoleEditor)
			toms := ta.another()
			toms.signInAs(tom.Email)
			require.Equal(t, http.StatusOK, toms.get("/bots/new").Code)

			require.Equal(t, "/accounts", ta.post("/accounts/"+tom.ID.String()+"/"+c.path, c.form).Header().Get("Location"))
			require.Equal(t, http.StatusSeeOther, toms.get("/bots/new").Code, "signed out")
			again := toms.post("/signin", url.Values{"email": {tom.Email}, "password": {testPassword}})
			if name == "removed" {
				require.Equal(t, http.StatusUnprocessableEntity, again.Code)
			} else {
				require.Equal(t, http.StatusForbidden, toms.get("/bots/new").Code)
			}
		})
	}
}

func TestTheOnlyOwnerCannotBeTouched(t *testing.T) {
	ta := signedInApp(t)
	me, err := ta.Store.AccountByEmail(t.Context(), testEmail)
	require.NoError(t, err)
	require.Contains(t, ta.get("/accounts").Body.String(), "The only owner")
	for path, form := range map[string]url.Values{"role": {"role": {"viewer"}}, "remove": nil} {
		res := ta.post("/accounts/"+me.ID.String()+"/"+path, form)
		require.Equal(t, http.StatusConflict, res.Code)
		require.Contains(t, res.Body.String(), "Make another account an owner first.")
	}
	require.Equal(t, http.StatusOK, ta.get("/accounts").Code, "still signed in")
}

func TestWhoDemotesThemselvesGoesOnWithANewSession(t *testing.T) {
	ta := signedInApp(t)
	ta.account("tom@acme.example", store.RoleOwner)
	me, err := ta.Store.AccountByEmail(t.Context(), testEmail)
	require.NoError(t, err)
	before := ta.cookies["iozen"]
	require.Equal(t, "/", ta.post("/accounts/"+me.ID.String()+"/role", url.Values{"role": {"editor"}}).Header().Get("Location"))
	require.NotEqual(t, before, ta.cookies["iozen"])
	require.Equal(t, http.StatusForbidden, ta.get("/accounts").Code)
	require.NotContains(t, ta.get("/").Body.String(), `href="/accounts"`)
}

func TestRolesAreOursOnly(t *testing.T) {
	ta := signedInApp(t)
	tom := ta.account("tom@acme.example", store.RoleEditor)
	for _, role := range []string{"", "root", "ingest"} {
		require.Equal(t, http.StatusUnprocessableEntity, ta.post("/accounts/"+tom.ID.String()+"/role", url.Values{"role": {role}}).Code, role)
	}
}

func TestRemovingSaysWhichKeysStay(t *testing.T) {
	ta := signedInApp(t)
	tom := ta.account("tom@acme.example", store.RoleEditor)
	key, _, err := auth.NewAPIKey(store.Key{Name: "ci", Role: store.RoleIngest, CreatedBy: store.Actor{ID: tom.ID, Name: tom.Email}}, ta.clock.Now())
	require.NoError(t, err)
	require.NoError(t, ta.Store.CreateKey(t.Context(), key))
	require.Contains(t, ta.get("/accounts").Body.String(), "They made 1 API key that can still be used")
}

func TestOldSessionsEnd(t *testing.T) {
	ta := signedInApp(t)
	for ta.clock.at.Before(time.Now().Add(30 * 24 * time.Hour)) { // in use all the time
		require.Equal(t, http.StatusOK, ta.get("/").Code)
		ta.clock.Add(auth.SessionIdle - time.Minute)
	}
	require.Equal(t, "/signin", ta.get("/").Header().Get("Location"))
}
