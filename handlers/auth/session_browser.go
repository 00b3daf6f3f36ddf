package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"
)

// knownFor is how long a browser in which somebody signed in counts as theirs.
const knownFor = 365 * 24 * time.Hour

// RememberBrowser leaves a mark that identifies this browser as one where the account of an email address has signed in. The
// mark gives no access: it only keeps its bearer out of the lane of strangers who try that account, see Throttle.
func (s *Sessions) RememberBrowser(w http.ResponseWriter, r *http.Request, email string) {
	if s.KnownBrowser(r, email) != "" {
		return
	}
	nonce := rand.Text()
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName("iozen_known"), Value: nonce + "." + s.browserMark(email, nonce), Path: "/",
		MaxAge: int(knownFor.Seconds()), Secure: s.cfg.HTTPS, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// KnownBrowser returns the nonce of a browser in which this account has signed in before, or "".
func (s *Sessions) KnownBrowser(r *http.Request, email string) string {
	cookie, err := r.Cookie(s.cookieName("iozen_known"))
	if err != nil {
		return ""
	}
	nonce, mark, _ := strings.Cut(cookie.Value, ".")
	if subtle.ConstantTimeCompare([]byte(mark), []byte(s.browserMark(email, nonce))) != 1 {
		return ""
	}
	return nonce
}

func (s *Sessions) browserMark(email, nonce string) string {
	return s.cfg.Store.KeyedHash("known browser", strings.ToLower(email)+"\x00"+nonce)
}
