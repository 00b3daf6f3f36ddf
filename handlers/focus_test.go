package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

var focused = regexp.MustCompile(`<input [^>]*\bautofocus\b[^>]*>`)

// After a refusal the caret is in the field that was refused, and in no other.
func TestTheFocusIsInTheRefusedField(t *testing.T) {
	ta := signedInApp(t)
	invited := ta.another().get(ta.invite("tom@acme.example", "editor"))
	require.Equal(t, http.StatusOK, invited.Code)
	for name, c := range map[string]struct {
		path  string
		form  url.Values
		field string
	}{
		"a wrong password at sign-in": {"/signin", url.Values{"email": {testEmail}, "password": {"x"}}, "password"},
		"no email at sign-in":         {"/signin", url.Values{"password": {"x"}}, "password"},
		"the old password":            {"/account/password", url.Values{"current": {"x"}, "new": {"another horse battery"}}, "current"},
		"the new password":            {"/account/password", url.Values{"current": {testPassword}, "new": {"x"}}, "new"},
		"the password of a factor":    {"/account/second-factor", url.Values{"password": {"x"}}, "password"},
	} {
		res := ta.post(c.path, c.form)
		require.Equal(t, http.StatusUnprocessableEntity, res.Code, name)
		found := focused.FindAllString(res.Body.String(), -1)
		require.Len(t, found, 1, name)
		require.Contains(t, found[0], `name="`+c.field+`"`, name)
		require.Contains(t, found[0], `aria-invalid="true"`, name)
	}

	fresh := newTestApp(t)
	for field, form := range map[string]url.Values{
		"email":    {"email": {"x"}, "password": {testPassword}},
		"password": {"email": {testEmail}, "password": {"x"}},
	} {
		found := focused.FindAllString(fresh.post("/setup", form).Body.String(), -1)
		require.Len(t, found, 1, field)
		require.Contains(t, found[0], `name="`+field+`"`)
	}
}

// Every password can be looked at before it is sent.
func TestEveryPasswordFieldHasAShowButton(t *testing.T) {
	ta := signedInApp(t)
	other := ta.another()
	for name, page := range map[string]string{
		"sign-in": other.get("/signin").Body.String(), "account": ta.get("/account").Body.String(),
		"set-up": newTestApp(t).get("/setup").Body.String(), "invitation": other.get(ta.invite("tom@acme.example", "editor")).Body.String(),
	} {
		fields := regexp.MustCompile(`type="password"`).FindAllString(page, -1)
		require.NotEmpty(t, fields, name)
		require.Len(t, regexp.MustCompile(`data-show="#`).FindAllString(page, -1), len(fields), name)
	}
}
