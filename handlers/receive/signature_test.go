package receive

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

const (
	secretA = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	secretB = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

// signedBy is a request as the reference library of Standard Webhooks signs it.
func signedBy(t *testing.T, at time.Time, body string, secrets ...string) http.Header {
	t.Helper()
	h := http.Header{}
	h.Set("webhook-id", "msg_1")
	h.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	for _, s := range secrets {
		signer, err := standardwebhooks.NewWebhook(s)
		require.NoError(t, err)
		signature, err := signer.Sign("msg_1", at, []byte(body))
		require.NoError(t, err)
		h.Set("webhook-signature", h.Get("webhook-signature")+" "+signature)
	}
	return h
}

func TestASignatureIsJudgedAsAReceiverShould(t *testing.T) {
	now := time.Date(2026, time.March, 5, 12, 0, 0, 0, time.UTC)
	for what, c := range map[string]struct {
		secrets []string
		header  http.Header
		body    string
		want    Verdict
	}{
		"no secret to check with":       {nil, signedBy(t, now, "{}", secretA), "{}", Verdict{}},
		"signed with it":                {[]string{secretA}, signedBy(t, now, "{}", secretA), "{}", Verdict{true, "signature valid"}},
		"a rotation, the old one known": {[]string{secretA}, signedBy(t, now, "{}", secretB, secretA), "{}", Verdict{true, "signature valid"}},
		"two known":                     {[]string{secretB, secretA}, signedBy(t, now, "{}", secretA), "{}", Verdict{true, "signature valid"}},
		"another secret":                {[]string{secretB}, signedBy(t, now, "{}", secretA), "{}", Verdict{false, "signature does not match"}},
		"another body":                  {[]string{secretA}, signedBy(t, now, "{}", secretA), "{ }", Verdict{false, "signature does not match"}},
		"four minutes old":              {[]string{secretA}, signedBy(t, now.Add(-4*time.Minute), "{}", secretA), "{}", Verdict{true, "signature valid"}},
		"six minutes old":               {[]string{secretA}, signedBy(t, now.Add(-6*time.Minute), "{}", secretA), "{}", Verdict{false, "signature matches, but its time is 6m0s off"}},
		"six minutes ahead":             {[]string{secretA}, signedBy(t, now.Add(6*time.Minute), "{}", secretA), "{}", Verdict{false, "signature matches, but its time is 6m0s off"}},
		"none":                          {[]string{secretA}, http.Header{}, "{}", Verdict{false, "not signed"}},
	} {
		require.Equal(t, c.want, verify(c.secrets, c.header, []byte(c.body), now), what)
	}
	require.NoError(t, CheckSecrets([]string{secretA, secretB}))
	require.ErrorContains(t, CheckSecrets([]string{secretA, "whsec_?"}), "secret 2")
	require.Error(t, CheckSecrets([]string{""}))
}

func TestTheVerdictIsShownInTheTerminalAndOnThePage(t *testing.T) {
	var out bytes.Buffer
	srv := httptest.NewServer(New(&out, secretA))
	defer srv.Close()
	h := signedBy(t, time.Now(), "{}", secretA)
	post(t, srv.URL+"/hook", "{}", "webhook-id", "msg_1", "webhook-timestamp", h.Get("webhook-timestamp"), "webhook-signature", h.Get("webhook-signature"))
	post(t, srv.URL+"/hook", "{}")
	require.Contains(t, out.String(), "→ 200  signature valid")
	require.Contains(t, out.String(), "→ 200  not signed")
	res, err := http.Get(srv.URL)
	require.NoError(t, err)
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Contains(t, string(page), `<span class="ok">✓ signature valid</span>`)
	require.Contains(t, string(page), `<span class="bad">✗ not signed</span>`)
}
