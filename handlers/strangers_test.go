package handlers

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"iozen/handlers/auth"
	"iozen/store"
)

// TestNobodyIsReadAtLengthBeforeSigningIn walks the routes: a new public form without a bound fails here.
func TestNobodyIsReadAtLengthBeforeSigningIn(t *testing.T) {
	s := newSite(t)
	forms := 0
	for name, who := range access {
		method, path, _ := strings.Cut(name, " ")
		if who != anyone || safe(method) {
			continue
		}
		forms++
		for kind, body := range map[string]string{
			"application/x-www-form-urlencoded":              "email=" + strings.Repeat("x", maxStrangersBody),
			"application/x-www-form-urlencoded; charset=x":   strings.Repeat("a=b&", maxStrangersBody/4) + "email=x",
			"multipart/form-data; boundary=b":                "--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n" + strings.Repeat("x", maxStrangersBody) + "\r\n--b--\r\n",
			"application/x-www-form-urlencoded; unannounced": "token=" + strings.Repeat("x", maxStrangersBody),
		} {
			ta := s.another()
			read := &countingReader{from: strings.NewReader(body)}
			r := httptest.NewRequest(method, testHost+path, read)
			r.ContentLength = -1
			r.Header.Set("Content-Type", strings.TrimSuffix(kind, "; unannounced"))
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			res := ta.do(r)
			require.LessOrEqual(t, read.n, maxStrangersBody+1, "%s, %s", name, kind)
			require.NotEqual(t, http.StatusInternalServerError, res.Code)
			if strings.HasPrefix(kind, "application/") {
				require.Equal(t, http.StatusRequestEntityTooLarge, res.Code, "%s, %s", name, kind)
				require.Contains(t, res.Body.String(), "16 KiB")
			}
		}
	}
	require.Equal(t, 5, forms)
}

// countingReader counts how much of a body was read.
type countingReader struct {
	from io.Reader
	n    int
}

func (r *countingReader) Read(b []byte) (int, error) {
	n, err := r.from.Read(b)
	r.n += n
	return n, err
}

// TestSetUpDoesNothingForStrangersOnceThereIsAnOwner: no slot for hashing is free here, so whatever would hash is refused.
func TestSetUpDoesNothingForStrangersOnceThereIsAnOwner(t *testing.T) {
	ta := newTestApp(t)
	ta.account(testEmail, store.RoleOwner)
	ta.hasher = &auth.Hasher{} // always busy
	for range 100 {
		res := ta.post("/setup", url.Values{"email": {"eve@example.com"}, "password": {testPassword}})
		require.Equal(t, http.StatusSeeOther, res.Code)
		require.Equal(t, "/signin", res.Header().Get("Location"))
	}
	require.Zero(t, ta.tries.Enter(auth.Visitor{Account: testEmail, Address: "192.0.2.1"}), "nor does it fill the lane of the address")
}

func TestOneAddressMakesUsHashOnlySoOften(t *testing.T) {
	for name, send := range map[string]func(*testApp) func() *httptest.ResponseRecorder{
		"set-up with a wrong code": func(ta *testApp) func() *httptest.ResponseRecorder {
			ta.Loopback, ta.SetupCode = false, "K7QX-2M9P"
			return func() *httptest.ResponseRecorder {
				return ta.post("/setup", url.Values{"email": {testEmail}, "password": {testPassword}, "code": {"guess"}})
			}
		},
		"an invitation that there is not": func(ta *testApp) func() *httptest.ResponseRecorder {
			return func() *httptest.ResponseRecorder {
				return ta.post("/invitation", url.Values{"token": {"guess"}, "password": {testPassword}})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			ta := newTestApp(t)
			try := send(ta)
			looked := 0
			for range 50 {
				if try().Code != http.StatusTooManyRequests {
					looked++
				}
			}
			require.Equal(t, 20, looked)
			res := try()
			require.Equal(t, "30", res.Header().Get("Retry-After"))
			require.Contains(t, res.Body.String(), "try again in 30 s")
			ta.clock.Add(30 * time.Second)
			require.NotEqual(t, http.StatusTooManyRequests, try().Code, "slowed, not stopped")
		})
	}
}

// TestWhatLeadsOnCostsNothing: a successful set-up or invitation takes nothing from the lane of its address.
func TestWhatLeadsOnCostsNothing(t *testing.T) {
	ta := newTestApp(t)
	e := ta.router.NewContext(httptest.NewRequest(http.MethodPost, "/setup", nil), httptest.NewRecorder())
	for _, end := range []error{
		&Problem{Status: http.StatusServiceUnavailable}, errors.New("broken"), store.ErrUnavailable,
	} {
		for range 100 {
			require.ErrorIs(t, ta.slowed(wrapped(end))(e), end)
		}
	}
	for range 100 {
		c := ta.router.NewContext(httptest.NewRequest(http.MethodPost, "/setup", nil), httptest.NewRecorder())
		require.NoError(t, ta.slowed(wrapped(nil))(c))
	}
	require.Zero(t, ta.tries.EnterFrom(e.RealIP()))
}

const freeTries = 5 // wrong ones, before anybody has to wait

func TestATryThatWeCouldNotLookAtIsGivenBack(t *testing.T) {
	busy, broken, gone := auth.ErrBusy, store.ErrUnavailable, context.Canceled
	maria, mariaKnown := auth.Visitor{Account: "maria", Address: "192.0.2.1"}, auth.Visitor{Account: "maria", Address: "192.0.2.1", Browser: "n0nce"}
	for name, c := range map[string]struct {
		who     auth.Visitor
		end     error
		entered int
	}{
		"busy":                       {maria, busy, 100},
		"the disk is full":           {maria, broken, 100},
		"busy, a known browser":      {mariaKnown, busy, 100},
		"full, a known browser":      {mariaKnown, broken, 100},
		"hung up":                    {maria, gone, freeTries},
		"hung up, a known browser":   {mariaKnown, gone, freeTries},
		"too long is no fault of us": {maria, &http.MaxBytesError{Limit: 1}, freeTries},
	} {
		t.Run(name, func(t *testing.T) {
			tries := auth.NewPasswordThrottle(time.Now)
			entered := 0
			for range 100 {
				if tries.Enter(c.who) == 0 {
					entered++
					giveBackUnseen(tries, c.who, c.end)
				}
			}
			require.Equal(t, c.entered, entered)
		})
	}
}

// TestABusyServerMakesNobodyWaitLonger is the whole way: five times busy, then the right password.
func TestABusyServerMakesNobodyWaitLonger(t *testing.T) {
	ta := newTestApp(t)
	ta.account(testEmail, store.RoleOwner)
	right := url.Values{"email": {testEmail}, "password": {testPassword}}
	idle := ta.hasher
	ta.hasher = &auth.Hasher{} // always busy
	for range 2 * freeTries {
		res := ta.post("/signin", right)
		require.Equal(t, http.StatusServiceUnavailable, res.Code)
		require.NotEmpty(t, res.Header().Get("Retry-After"))
	}
	ta.hasher = idle
	require.Equal(t, http.StatusSeeOther, ta.post("/signin", right).Code)
}

// TestAWrongSignInCostsTheSameForEveryEmail counts what a stranger could measure: commits on disk, and hashes.
func TestAWrongSignInCostsTheSameForEveryEmail(t *testing.T) {
	ta := newTestApp(t)
	ta.account(testEmail, store.RoleOwner)
	cost := func(email string) int {
		before := commits(t, ta.file)
		res := ta.another().post("/signin", url.Values{"email": {email}, "password": {"wrong"}})
		require.Equal(t, http.StatusUnprocessableEntity, res.Code)
		return commits(t, ta.file) - before
	}
	cost(testEmail) // a statement's first use may differ
	for _, email := range []string{testEmail, "nobody@acme.example", "MARIA@acme.example", "", "not an e-mail", strings.Repeat("x", 1000) + "@acme.example"} {
		require.Equal(t, 1, cost(email), "%.40q", email)
	}
}

// TestAnAccountLooksLikeNoneWhenNothingCanBeWritten: both get the same answer.
func TestAnAccountLooksLikeNoneWhenNothingCanBeWritten(t *testing.T) {
	ta := newTestApp(t)
	ta.account(testEmail, store.RoleOwner)
	require.NoError(t, ta.Store.Close())
	var answers []string
	for _, email := range []string{testEmail, "nobody@acme.example"} {
		res := ta.another().post("/signin", url.Values{"email": {email}, "password": {"wrong"}})
		answers = append(answers, http.StatusText(res.Code)+res.Body.String())
	}
	require.Equal(t, answers[0], answers[1])
}

// commits counts those in the database's log (WAL): frames that say how large the database is after them.
func commits(t *testing.T, file string) (n int) {
	t.Helper()
	wal, err := os.ReadFile(file + "-wal")
	require.NoError(t, err)
	require.Greater(t, len(wal), 32)
	page := int(binary.BigEndian.Uint32(wal[8:]))
	for at := 32; at+24+page <= len(wal); at += 24 + page {
		if string(wal[at+8:at+16]) == string(wal[16:24]) && binary.BigEndian.Uint32(wal[at+4:]) > 0 { // the same salt: written since the last checkpoint
			n++
		}
	}
	return n
}

func TestReadyIsLookedUpOnceASecond(t *testing.T) {
	clock := &testClock{at: time.Unix(1_772_712_000, 0)}
	looks, broken := 0, error(nil)
	r := &readiness{now: clock.Now, commit: func(ctx context.Context) error { looks++; return errors.Join(ctx.Err(), broken) }}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 1000 {
		require.NoError(t, r.check(gone), "who hangs up breaks nobody's answer")
	}
	require.Equal(t, 1, looks)
	broken = errors.New("disk full")
	require.NoError(t, r.check(t.Context()))
	clock.Add(readyFor)
	require.Error(t, r.check(t.Context()))
	require.Error(t, r.check(t.Context()))
	broken = nil
	clock.Add(readyFor)
	require.NoError(t, r.check(t.Context()))
	clock.Add(-time.Hour)
	require.NoError(t, r.check(t.Context()))
	require.Equal(t, 4, looks, "a clock that went back does not keep an answer for an hour")
}

func wrapped(err error) func(echo.Context) error {
	return func(c echo.Context) error {
		if err != nil {
			return err
		}
		return seeOther(c, "/")
	}
}
