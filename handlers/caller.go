package handlers

import (
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
)

// Context keys under which the guards store the caller.
const (
	accountContext = "account"
	sessionContext = "session"
	keyContext     = "key"
	// deliveryContext is the delivery that a call of the API is about.
	deliveryContext = "delivery"
	jobContext      = "job" // likewise
	// attentionContext is what a page has found already (attentionOf).
	attentionContext = "attention"
)

// accountOf is who is signed in; the zero Account on public routes and in the API.
func accountOf(c echo.Context) store.Account {
	account, _ := c.Get(accountContext).(store.Account)
	return account
}

// sessionOf is the session of accountOf.
func sessionOf(c echo.Context) store.Session {
	session, _ := c.Get(sessionContext).(store.Session)
	return session
}

// keyOf is the API key of the call; the zero Key on pages.
func keyOf(c echo.Context) store.Key {
	key, _ := c.Get(keyContext).(store.Key)
	return key
}

// actorOf is the caller for the history and the audit log, page and API alike.
func actorOf(c echo.Context) store.Actor {
	if key := keyOf(c); key.ID != uuid.Nil {
		return store.Actor{ID: key.ID, Name: key.Name, IP: c.RealIP()}
	}
	return actor(c, accountOf(c))
}

// actor is an account that calls before it is signed in.
func actor(c echo.Context, account store.Account) store.Actor {
	return store.Actor{ID: account.ID, Name: account.Email, IP: c.RealIP()}
}

// deliveryOf is the delivery that the guard of the call loaded (ofDelivery).
func deliveryOf(c echo.Context) store.Delivery {
	d, _ := c.Get(deliveryContext).(store.Delivery)
	return d
}

// jobOf is the job that the guard of the call loaded (ofJob).
func jobOf(c echo.Context) store.Job {
	j, _ := c.Get(jobContext).(store.Job)
	return j
}

// keyAllows refuses a key that belongs to another bot; see the scopes of apiRoutes.
func keyAllows(c echo.Context, botID uuid.UUID) error {
	if key := keyOf(c); key.BotID != uuid.Nil && key.BotID != botID {
		return &Problem{Status: http.StatusForbidden, Title: "Forbidden", Detail: "This API key belongs to another bot."}
	}
	return nil
}

// rank orders the roles; each includes those below it. Ingest is separate, see includes.
var rank = map[store.Role]int{store.RoleViewer: 1, store.RoleEditor: 2, store.RoleOwner: 3}

// includes reports whether a role may do what needs another. A key that posts events may read nothing, and a viewer may
// not post.
func includes(has, needs store.Role) bool {
	if needs == store.RoleIngest {
		return has == store.RoleIngest || rank[has] >= rank[store.RoleEditor]
	}
	return rank[has] >= rank[needs]
}

// mayEdit says whether the account that is signed in may change things.
func mayEdit(c echo.Context) bool { return includes(accountOf(c).Role, store.RoleEditor) }
