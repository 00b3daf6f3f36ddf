package handlers

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"iozen/handlers/auth"
	"iozen/store"
)

// codePeriod is how long an app shows a code.
const codePeriod = 30 * time.Second

var (
	shownSecret   = regexp.MustCompile(`secret=([A-Z2-7]{32})`)
	shownRecovery = regexp.MustCompile(`(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}`)
)

// code is what the app shows at the test's time, plus some.
func (ta *testApp) code(secret string, later time.Duration) url.Values {
	ta.t.Helper()
	code, err := totp.GenerateCode(secret, ta.clock.Now().Add(later))
	require.NoError(ta.t, err)
	return url.Values{"code": {code}}
}

// withFactor turns the second factor on for the signed-in account, and returns its secret and recovery codes.
func (ta *testApp) withFactor() (secret string, codes []string) {
	ta.t.Helper()
	begun := ta.submit("/account/second-factor", url.Values{"password": {testPassword}})
	require.Equal(ta.t, http.StatusOK, begun.Code)
	secret = shownSecret.FindStringSubmatch(html.UnescapeString(begun.Body.String()))[1]
	confirmed := ta.submit("/account/second-factor/confirm", ta.code(secret, 0))
	require.Equal(ta.t, http.StatusOK, confirmed.Code)
	codes = shownRecovery.FindAllString(confirmed.Body.String(), -1)
	require.Len(ta.t, codes, 10)
	ta.clock.Add(codePeriod)
	return secret, codes
}

// halfSignedIn is a browser that has given only the password.
func (ta *testApp) halfSignedIn() *testApp {
	ta.t.Helper()
	other := ta.another()
	res := other.post("/signin", url.Values{"email": {testEmail}, "password": {testPassword}, "next": {"/keys"}})
	require.Equal(ta.t, "/signin/code?next=%2Fkeys", res.Header().Get("Location"))
	return other
}

func TestSigningInWithASecondFactor(t *testing.T) {
	ta := signedInApp(t)
	secret, codes := ta.withFactor()
	require.Contains(t, ta.get("/account").Body.String(), codes[0], "a reload does not lose them")
	ta.clock.Add(store.SessionNoteFor)
	require.NotContains(t, ta.get("/account").Body.String(), codes[0], "later never again")

	half := ta.halfSignedIn()
	require.Equal(t, http.StatusSeeOther, half.get("/").Code, "the password alone opens nothing")
	require.Contains(t, half.get("/signin/code?next=%2Fkeys").Body.String(), `value="/keys"`)
	wrong := half.post("/signin/code", url.Values{"code": {"000000"}})
	require.Equal(t, http.StatusUnprocessableEntity, wrong.Code)

	before, form := half.cookies["iozen"], ta.code(secret, 0)
	form.Set("next", "/keys")
	require.Equal(t, "/keys", half.post("/signin/code", form).Header().Get("Location"))
	require.NotEqual(t, before, half.cookies["iozen"], "a new token")
	require.Equal(t, http.StatusOK, half.get("/keys").Code)
}

func TestACodeCountsOnce(t *testing.T) {
	ta := signedInApp(t)
	secret, codes := ta.withFactor()
	app := func(later time.Duration) func() url.Values {
		return func() url.Values { return ta.code(secret, later) }
	}
	typed := func(code string) func() url.Values { return func() url.Values { return url.Values{"code": {code}} } }
	for name, c := range map[string]struct{ first, second func() url.Values }{
		"of the app":                  {app(0), app(0)},
		"of the app, the one before":  {app(codePeriod), app(0)},
		"recovery, typed differently": {typed(codes[0]), typed(" " + codes[0][:4] + " " + codes[0][5:])},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, http.StatusSeeOther, ta.halfSignedIn().post("/signin/code", c.first()).Code)
			require.Equal(t, http.StatusUnprocessableEntity, ta.halfSignedIn().post("/signin/code", c.second()).Code)
			ta.clock.Add(3 * codePeriod)
		})
	}
}

func TestTheCodeOfTheSetupCountsToo(t *testing.T) {
	ta := signedInApp(t)
	secret, _ := ta.withFactor()
	require.Equal(t, http.StatusUnprocessableEntity, ta.halfSignedIn().post("/signin/code", ta.code(secret, -codePeriod)).Code)
}

func TestHalfwayEnds(t *testing.T) {
	for name, end := range map[string]func(*testApp, store.Account){
		"time": func(ta *testApp, _ store.Account) { ta.clock.Add(5 * time.Minute) },
		"another password": func(ta *testApp, me store.Account) {
			require.NoError(ta.t, ta.Store.SetPasswordHash(ta.t.Context(), me.ID, auth.HashPassword("another horse battery"), store.Actor{}))
		},
		"another role": func(ta *testApp, me store.Account) {
			ta.account("tom@acme.example", store.RoleOwner)
			require.NoError(ta.t, ta.Store.SetRole(ta.t.Context(), me.ID, store.RoleViewer, store.Actor{}))
		},
		"factor reset": func(ta *testApp, me store.Account) {
			require.NoError(ta.t, ta.Store.RemoveSecondFactor(ta.t.Context(), me.ID, store.Actor{}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			ta := signedInApp(t)
			secret, _ := ta.withFactor()
			half := ta.halfSignedIn()
			me, err := ta.Store.AccountByEmail(t.Context(), testEmail)
			require.NoError(t, err)
			end(ta, me)
			require.Equal(t, "/signin", half.get("/signin/code").Header().Get("Location"))
			require.Equal(t, "/signin", half.post("/signin/code", ta.code(secret, 0)).Header().Get("Location"))
			require.Equal(t, http.StatusSeeOther, half.get("/").Code)
		})
	}
}

func TestCodesCannotBeGuessed(t *testing.T) {
	ta := signedInApp(t)
	secret, _ := ta.withFactor()
	for range 10 { // each from somewhere else
		half := ta.halfSignedIn()
		require.NotEqual(t, http.StatusSeeOther, half.post("/signin/code", url.Values{"code": {"000000"}}).Code)
	}
	half := ta.halfSignedIn()
	require.Equal(t, http.StatusTooManyRequests, half.post("/signin/code", ta.code(secret, 0)).Code)
	ta.post("/signout", nil)
	require.Equal(t, "/signin/code?next=%2F", ta.post("/signin", url.Values{"email": {testEmail}, "password": {testPassword}}).Header().Get("Location"))
	require.Equal(t, http.StatusSeeOther, ta.post("/signin/code", ta.code(secret, 0)).Code, "a known browser is not barred by strangers")
}

func TestChangingTheSecondFactorAsksForThePassword(t *testing.T) {
	ta := signedInApp(t)
	ask := func(path string) int {
		return ta.post("/account/second-factor"+path, url.Values{"password": {"wrong password"}}).Code
	}
	require.Equal(t, http.StatusUnprocessableEntity, ask(""))
	ta.withFactor()
	require.Equal(t, http.StatusUnprocessableEntity, ask("/codes"))
	require.Equal(t, http.StatusUnprocessableEntity, ask("/remove"))
	require.Contains(t, ta.get("/account").Body.String(), "10 recovery codes left")

	renewed := ta.submit("/account/second-factor/codes", url.Values{"password": {testPassword}})
	require.Len(t, shownRecovery.FindAllString(renewed.Body.String(), -1), 10)
	require.Equal(t, "/account", ta.post("/account/second-factor/remove", url.Values{"password": {testPassword}}).Header().Get("Location"))
	ta.another().signInAs(testEmail)
}

func TestASecondFactorInForceIsNotReplaced(t *testing.T) {
	ta := signedInApp(t)
	ta.withFactor()
	require.Equal(t, http.StatusConflict, ta.post("/account/second-factor", url.Values{"password": {testPassword}}).Code)
	require.Equal(t, "/account", ta.post("/account/second-factor/confirm", url.Values{"code": {"000000"}}).Header().Get("Location"))
}

func TestAnOwnerResetsAnothersSecondFactor(t *testing.T) {
	ta := signedInApp(t)
	tom := ta.account("tom@acme.example", store.RoleEditor)
	toms := ta.another()
	toms.signInAs(tom.Email)
	toms.withFactor()
	require.Contains(t, ta.get("/accounts").Body.String(), "Reset two-step verification")
	require.Equal(t, http.StatusForbidden, toms.post("/accounts/"+tom.ID.String()+"/second-factor/reset", nil).Code)
	require.Equal(t, "/accounts", ta.post("/accounts/"+tom.ID.String()+"/second-factor/reset", nil).Header().Get("Location"))
	require.Equal(t, http.StatusSeeOther, toms.get("/").Code, "signed out")
	toms.signInAs(tom.Email)
	require.Equal(t, http.StatusNotFound, ta.post("/accounts/"+uuid.NewString()+"/second-factor/reset", nil).Code)
}

func TestSecretsOfSecondFactorsAreSealed(t *testing.T) {
	ta := signedInApp(t)
	secret, codes := ta.withFactor()
	ta.requireNotKept(secret, codes[0], auth.PlainCode(codes[0]))
}
