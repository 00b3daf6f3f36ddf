package handlers

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"iozen/store"
)

// knownFor is how long a browser in which somebody signed in counts as theirs.
const knownFor = 365 * 24 * time.Hour

// rememberBrowser leaves a mark by which this browser is known again as one where the account has signed in. It
// opens nothing: it only keeps its bearer out of the queue of strangers who try that account (throttle.go).
func (a *app) rememberBrowser(c echo.Context, account store.Account) {
	if a.knownBrowser(c, account.Email) != "" {
		return
	}
	nonce := rand.Text()
	c.SetCookie(&http.Cookie{
		Name: a.cookieName("iozen_known"), Value: nonce + "." + a.browserMark(account.Email, nonce), Path: "/",
		MaxAge: int(knownFor.Seconds()), Secure: a.secureCookies(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// knownBrowser returns the nonce of a browser in which this account has signed in before, or "".
func (a *app) knownBrowser(c echo.Context, email string) string {
	cookie, err := c.Cookie(a.cookieName("iozen_known"))
	if err != nil {
		return ""
	}
	nonce, mark, _ := strings.Cut(cookie.Value, ".")
	if subtle.ConstantTimeCompare([]byte(mark), []byte(a.browserMark(email, nonce))) != 1 {
		return ""
	}
	return nonce
}

func (a *app) browserMark(email, nonce string) string {
	return a.Store.KeyedHash("known browser", strings.ToLower(email)+"\x00"+nonce)
}

// browserName makes of a User-Agent what a person calls the browser: "Firefox on Windows".
func browserName(agent string) string {
	browser, system := firstIn(agent, browsers), firstIn(agent, systems)
	switch {
	case browser == "" && system == "":
		return "Unknown browser"
	case browser == "":
		return "Browser on " + system
	case system == "":
		return browser
	}
	return browser + " on " + system
}

// The order decides: Edge says that it is Chrome too, and Chrome that it is Safari.
var (
	browsers = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}}
	systems  = [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

func firstIn(agent string, names [][2]string) string {
	for _, n := range names {
		if strings.Contains(agent, n[0]) {
			return n[1]
		}
	}
	return ""
}
