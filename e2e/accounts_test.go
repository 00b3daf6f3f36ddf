package e2e

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

const (
	ownerEmail = "maria@acme.example"
	goodSecret = "correct horse battery" // a password
)

// asOwner opens a tab in which the owner of an empty server has just made the account. The form is sent without the browser:
// TestFirstFiveMinutes fills it in as a person does.
func (h *installation) asOwner() *page {
	h.t.Helper()
	made := h.send(nil, "/setup", url.Values{"email": {ownerEmail}, "password": {goodSecret}})
	p := h.newPage()
	p.signedInAs(&person{email: ownerEmail, password: goodSecret, session: sessionOf(h.t, made)})
	p.open("/")
	p.at("/")
	return p
}

// signIn fills in the sign-in page.
func (p *page) signIn(email, password string) {
	p.t.Helper()
	p.open("/signin")
	p.fill("Email", email)
	p.fill("Password", password)
	p.press(button, "Sign in")
}

// read is the text of the element that a selector finds.
func (p *page) read(selector string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.querySelector(`+quote(selector)+`).innerText`))
	require.NoError(p.t, err)
	return strings.TrimSpace(text)
}

// TestAccounts invites somebody, who joins, is demoted and removed, each counting at once.
func TestAccounts(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	maria := h.asOwner()
	maria.press(link, "Accounts")
	maria.fill("Email", "tom@acme.example")
	maria.press(button, "Create invitation")
	maria.sees("Invitation for tom@acme.example created")
	maria.inspect("accounts-invited")
	invitation := strings.TrimPrefix(maria.read("#new-invitation"), h.URL)

	tom := h.newPage()
	tom.open(invitation)
	tom.sees(ownerEmail + " invited you as viewer.")
	tom.inspect("invitation")
	tom.fill("Password", goodSecret)
	tom.press(button, "Create account")
	tom.sees("No bots yet")

	maria.open("/accounts")
	maria.press(button, "Change role")
	maria.sees("Change the role of tom@acme.example?")
	maria.requireAccessible("changing a role")
	maria.do("choosing a role", chromedp.SetValue("New role", "editor", byRole(combobox, "New role"), chromedp.NodeVisible))
	maria.press(button, "Save role")
	maria.sees("tom@acme.example editor Off")
	maria.inspect("accounts")

	tom.open("/bots/new")
	tom.at("/signin")
	tom.signIn("tom@acme.example", goodSecret)
	tom.sees("No bots yet")
	tom.open("/bots/new")
	tom.has(button, "Create bot")

	maria.press(button, "Remove")
	maria.press(button, "Remove account")
	maria.until("waiting for the account to go", `!document.body.innerText.includes('tom@acme.example')`)
	tom.open("/bots/new")
	tom.at("/signin")
}

// TestYourAccount changes the password and signs out elsewhere.
func TestYourAccount(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	there := h.asOwner()
	here := h.newPage()
	here.signIn(ownerEmail, goodSecret)
	here.sees("No bots yet")

	here.open("/account")
	here.sees("Chrome on Linux")
	here.inspect("account")
	here.fill("Current password", "not this one")
	here.fill("New password", "another horse battery")
	here.press(button, "Change password")
	here.sees("Wrong password.")
	here.fill("Current password", goodSecret)
	here.fill("New password", "another horse battery")
	here.press(button, "Change password")
	here.sees("Password changed.")
	here.sees("This browser")

	there.open("/account")
	there.at("/signin")
	there.signIn(ownerEmail, "another horse battery")
	there.sees("No bots yet")
}

// TestSecondFactor sets it up as a person does, signs in with a code and with a recovery code, and turns it off.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	p.open("/account")
	p.fill("Your password", goodSecret)
	p.press(button, "Set up")
	p.sees("Scan this with an authenticator app")
	p.inspect("second-factor-setup")
	secret := strings.ReplaceAll(p.read("#factor-secret"), " ", "")
	code, err := totp.GenerateCode(secret, time.Now())
	require.NoError(t, err)
	p.fill("Code that the app shows", code)
	p.press(button, "Turn on")
	p.sees("Two-step verification is on.")
	recovery := strings.Fields(p.read("#recovery-codes"))
	require.Len(t, recovery, 10)

	q := h.newPage()
	q.signIn(ownerEmail, goodSecret)
	q.sees("From your authenticator app, or a recovery code.")
	q.fill("Code", code)
	q.press(button, "Sign in")
	q.sees("This code was already used.")
	p.inspect("second-factor-codes") // only now: a code has its time
	q.inspect("signin-code")
	q.fill("Code", strings.ToLower(recovery[0]))
	q.press(button, "Sign in")
	q.sees("No bots yet")

	q.open("/account")
	q.sees("9 recovery codes left.")
	q.inspect("account-second-factor")
	q.fill("Your password", goodSecret)
	q.press(button, "Turn off")
	q.sees("Two-step verification is off.")
	p.open("/account")
	p.at("/signin")
}

// TestAuditLog reads what was done, filters it and turns a page.
func TestAuditLog(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	h.command("key", "create", "--name", "ci")
	p.open("/bots/new")
	p.fill("Name", "Quiz")
	p.press(button, "Create bot")
	p.sees("Webhook URL")
	p.press(link, "Audit log")
	p.sees("maria@acme.example created the bot “Quiz”")
	p.sees("command line created the API key “ci”, ingest")
	p.inspect("audit")
	p.fill("Account", "nobody@acme.example")
	p.press(button, "Apply")
	p.sees("No entry matches these filters.")
	p.inspect("audit-nothing")
}

// TestPersonalData finds a person, exports and erases what is kept about them.
func TestPersonalData(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	p := h.asOwner()
	a := h.newAPI()
	bot := a.newBot("Quiz", h.Test)
	for range 2 {
		a.postOf(bot, "jane@example.com")
	}
	p.press(link, "Workspace")
	p.press(link, "Answer a privacy request")
	p.inspect("people")
	p.fill("Value", "Jane@example.com")
	p.press(button, "Find")
	p.sees("2 events of this person")
	p.has(button, "Export NDJSON")
	p.inspect("people-found")
	p.press(button, "Erase")
	p.sees("This cannot be undone.")
	p.requireAccessible("erasing a person")
	p.press(button, "Erase this person")
	p.sees("Erased from 2 events.")
	p.sees("Erased from 2 events. · maria@acme.example")
	p.inspect("people-erased")
	p.open("/audit")
	p.sees("erased a person, found by their email: 2 events")
	require.NotContains(t, strings.ToLower(p.text()), "jane")
}
