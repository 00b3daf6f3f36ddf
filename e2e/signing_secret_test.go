package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

// signedWith reports whether the reference library of Standard Webhooks accepts a request as signed with a secret.
func signedWith(t *testing.T, a arrival, secret string) bool {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	return verifier.Verify([]byte(a.body), a.header) == nil
}

// secretShown reads a revealed secret.
func (p *page) secretShown(id string) string {
	p.t.Helper()
	p.until("a secret", `document.getElementById(`+quote(id)+`)`)
	secret, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.getElementById(`+quote(id)+`).textContent`))
	require.NoError(p.t, err)
	return secret
}

func TestASecretIsRotatedWithoutAMomentInWhichNothingVerifies(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	_, p := sharedSettings(t)
	p.fill("Webhook URL", r.URL)
	p.blur()
	p.says("All changes saved")
	test := func() {
		t.Helper()
		p.press(link, "Marketing & Attribution")
		sent := len(r.all())
		p.press(button, "Test Connection")
		await(t, r.came)
		require.Len(t, r.all(), sent+1)
		p.press(link, "Developer")
	}

	p.press(link, "Developer")
	p.press(button, "Reveal")
	old := p.secretShown("secret-current")
	p.press(button, "Hide")
	p.until("the secret to be hidden", `!document.body.innerText.includes(`+quote(old)+`)`)
	p.has(button, "Reveal")
	test()
	require.True(t, signedWith(t, r.all()[0], old))

	p.press(button, "Rotate…")
	p.sees("You get a new secret now. The current one keeps working until tomorrow")
	p.inspect("secret-rotate")
	p.press(button, "Rotate secret")
	p.sees("Both secrets work until tomorrow")
	p.until("the focus on what happened", `document.activeElement.textContent.includes('Both secrets work')`)
	secret := p.secretShown("secret-current") // it is what one came for
	require.NotEqual(t, old, secret)
	p.press(button, "Hide")
	p.until("the secret to be hidden", `!document.body.innerText.includes(`+quote(secret)+`)`)
	p.sees("Both secrets work until tomorrow")
	p.press(button, "Reveal")
	require.Equal(t, secret, p.secretShown("secret-current"))
	require.Equal(t, old, p.secretShown("secret-old"))
	p.inspect("secret-overlap")
	test()
	require.True(t, signedWith(t, r.all()[1], old), "an endpoint that does not know the new one yet")
	require.True(t, signedWith(t, r.all()[1], secret))

	p.press(button, "Expire old secret…")
	p.press(button, "Expire old secret")
	p.sees("The old secret is no longer valid.")
	test()
	require.False(t, signedWith(t, r.all()[2], old))
	require.True(t, signedWith(t, r.all()[2], secret))
}
