package handlers

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iozen/store"
)

var invitationLink = regexp.MustCompile(`http://127\.0\.0\.1:8080/invitation\?token=[A-Z2-7]{26}`)

// invite makes an invitation and returns the path of its link.
func (ta *testApp) invite(email, role string) string {
	ta.t.Helper()
	res := ta.submit("/invitations", url.Values{"email": {email}, "role": {role}})
	require.Equal(ta.t, http.StatusOK, res.Code, res.Body.String())
	link := invitationLink.FindString(html.UnescapeString(res.Body.String()))
	require.NotEmpty(ta.t, link)
	return strings.TrimPrefix(link, testHost)
}

func TestAnInvitationBecomesAnAccount(t *testing.T) {
	ta := signedInApp(t)
	link := ta.invite("Tom@Acme.example", "editor")
	require.Regexp(t, invitationLink, html.UnescapeString(ta.get("/accounts").Body.String()), "a reload does not lose it, and makes none")
	waiting, err := ta.Store.Invitations(t.Context())
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	ta.clock.Add(store.SessionNoteFor)
	list := ta.get("/accounts").Body.String()
	require.Contains(t, list, "tom@acme.example")
	require.NotRegexp(t, invitationLink, list, "never again")

	toms := ta.another()
	page := toms.get(link)
	require.Equal(t, http.StatusOK, page.Code)
	require.Contains(t, page.Body.String(), testEmail+" invited you as editor")
	token := strings.TrimPrefix(link, "/invitation?token=")
	short := toms.post("/invitation", url.Values{"token": {token}, "password": {"short"}})
	require.Equal(t, http.StatusUnprocessableEntity, short.Code)
	require.Contains(t, short.Body.String(), "Use at least 12 characters.")

	form := url.Values{"token": {token}, "password": {testPassword}, "email": {"root@acme.example"}, "role": {"owner"}}
	require.Equal(t, "/", toms.post("/invitation", form).Header().Get("Location"))
	require.Equal(t, http.StatusOK, toms.get("/bots/new").Code)
	require.Equal(t, http.StatusForbidden, toms.get("/accounts").Code, "the role is the invitation's")
	tom, err := ta.Store.AccountByEmail(t.Context(), "tom@acme.example")
	require.NoError(t, err)
	require.Equal(t, store.RoleEditor, tom.Role)

	require.Equal(t, http.StatusNotFound, ta.another().get(link).Code)
	require.Equal(t, http.StatusNotFound, ta.another().post("/invitation", form).Code, "it works once")
}

func TestInvitationsThatWorkNoMore(t *testing.T) {
	for name, end := range map[string]func(*testApp){
		"revoked": func(ta *testApp) {
			list, err := ta.Store.Invitations(ta.t.Context())
			require.NoError(ta.t, err)
			require.Equal(ta.t, "/accounts", ta.post("/invitations/"+list[0].ID.String()+"/revoke", nil).Header().Get("Location"))
		},
		"older than 7 days": func(ta *testApp) { ta.clock.Add(invitedFor) },
		"replaced":          func(ta *testApp) { ta.invite("tom@acme.example", "viewer") },
	} {
		t.Run(name, func(t *testing.T) {
			ta := signedInApp(t)
			link := ta.invite("tom@acme.example", "editor")
			end(ta)
			page := ta.another().get(link)
			require.Equal(t, http.StatusNotFound, page.Code)
			require.Contains(t, page.Body.String(), "This invitation is no longer valid")
		})
	}
}

func TestInviteFormSaysWhatIsWrong(t *testing.T) {
	ta := signedInApp(t)
	for want, form := range map[string]url.Values{
		"Enter an email address":             {"email": {"tom"}, "role": {"editor"}},
		"Choose a role.":                     {"email": {"tom@acme.example"}, "role": {"ingest"}},
		"This email already has an account.": {"email": {"MARIA@acme.example"}, "role": {"viewer"}},
	} {
		res := ta.post("/invitations", form)
		require.Equal(t, http.StatusUnprocessableEntity, res.Code)
		require.Contains(t, res.Body.String(), want)
	}
}

func TestTokensAreNotInTheDatabase(t *testing.T) {
	ta := signedInApp(t)
	link := ta.invite("tom@acme.example", "editor")
	_, token, _ := strings.Cut(link, "=")
	ta.requireNotKept(token, ta.cookies["iozen"], testPassword)
}
