package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"iozen/handlers/auth"
	"iozen/store"
	"iozen/store/db"
)

// Problem is a refusal with words for the person or program that asked (RFC 9457). Title and Detail are shown. Any other
// error is shown as "internal", and logged in full.
type Problem struct {
	Status     int
	Title      string
	Detail     string
	Errors     []FieldError
	RetryAfter time.Duration
	// Current is the present settings, for a change that was based on older ones.
	Current *webhookAnswer
}

// FieldError points at the refused place in the sent document (JSON Pointer), and says why.
type FieldError struct {
	Pointer string `json:"pointer"`
	Message string `json:"message"`
}

// Error makes a Problem an error; the text is for the log.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Title + ": " + p.Detail
}

// statusHungUp is what servers note for a request whose caller went away before the answer.
const statusHungUp = 499

// notFound is the answer for something that does not exist, or whose existence the caller may not know.
func notFound(what string) *Problem {
	return &Problem{Status: http.StatusNotFound, Title: "Not found", Detail: "There is no such " + what + "."}
}

// problemOf turns any error into what is answered. This is the one place that knows the status of each.
func problemOf(err error) *Problem {
	var (
		problem  *Problem
		routing  *echo.HTTPError
		tooLarge *http.MaxBytesError
		stale    *store.StaleError
		backlog  *store.BacklogError
	)
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.Is(err, store.ErrNotFound):
		return &Problem{Status: http.StatusNotFound, Title: "Not found", Detail: "It does not exist, or was deleted."}
	case errors.Is(err, store.ErrExists):
		return &Problem{Status: http.StatusConflict, Title: "Exists already", Detail: "There is one already."}
	case errors.Is(err, store.ErrTest):
		return &Problem{Status: http.StatusConflict, Title: "A test is not resent", Detail: "Press Test Connection in the webhook settings to send another one."}
	case errors.Is(err, store.ErrErased):
		return &Problem{Status: http.StatusConflict, Title: "Erased", Detail: "The personal data of this event was erased; there is nothing left to send."}
	case errors.Is(err, store.ErrNoConsent):
		return &Problem{Status: http.StatusConflict, Title: "No consent", Detail: "Its visitor has not granted ad_user_data, and the webhook sends only with consent. Open the delivery to send it anyway; a program says \"anyway\": true."}
	case errors.Is(err, store.ErrTooLate):
		return &Problem{Status: http.StatusConflict, Title: "Too late to undo", Detail: "A resend can be taken back for 10 minutes."}
	case errors.Is(err, store.ErrNoStop):
		return &Problem{Status: http.StatusConflict, Title: "An erasure is not stopped", Detail: "It goes on until all is erased: half of it would help nobody."}
	case errors.Is(err, store.ErrOff):
		return &Problem{Status: http.StatusConflict, Title: "The webhook is off", Detail: "Switch it on, with a URL, to send events again."}
	case errors.Is(err, store.ErrTooMany):
		return &Problem{Status: http.StatusConflict, Title: "As many as there may be", Detail: "A bot has at most " + strconv.Itoa(store.MaxWebhooks) + " endpoints. Delete one that is not needed any more."}
	case errors.Is(err, store.ErrFirstWebhook):
		return &Problem{Status: http.StatusConflict, Title: "The first endpoint stays", Detail: "Every bot has one. Switch it off instead, or remove its URL."}
	case errors.Is(err, store.ErrOtherWebhooks):
		return &Problem{Status: http.StatusConflict, Title: "The endpoints have changed", Detail: "One was added or deleted meanwhile. Read the list again."}
	case errors.Is(err, store.ErrLastOwner):
		return &Problem{Status: http.StatusConflict, Title: "The last owner", Detail: "Somebody must own this installation. Make another account an owner first."}
	case errors.Is(err, store.ErrUnreadable):
		return &Problem{Status: http.StatusConflict, Title: "A stored secret cannot be read", Detail: "It was damaged, or sealed with a key that the key file no longer holds. In the webhook's settings, save Custom Headers again or rotate the signing secret."}
	case errors.Is(err, store.ErrBadCursor):
		return &Problem{Status: http.StatusUnprocessableEntity, Title: "Unknown cursor", Detail: "Start again from the first page.", Errors: []FieldError{{"/cursor", "is not a cursor of this list"}}}
	case errors.As(err, &tooLarge):
		return &Problem{Status: http.StatusRequestEntityTooLarge, Title: "Too large", Detail: "At most " + sizeWords(tooLarge.Limit) + " is taken at once."}
	case errors.As(err, &stale):
		return &Problem{Status: http.StatusPreconditionFailed, Title: "Changed meanwhile", Detail: "Someone changed these settings since you read them."}
	case errors.As(err, &backlog):
		return &Problem{Status: http.StatusTooManyRequests, Title: "Too many events waiting", Detail: "Try again later; nothing of this request was taken.", RetryAfter: backlog.RetryAfter}
	case errors.Is(err, store.ErrFull):
		return &Problem{Status: http.StatusServiceUnavailable, Title: "Not available right now", Detail: "The disk of the database is full. Nothing was changed.", RetryAfter: 5 * time.Second}
	case db.IsUnavailable(err), errors.Is(err, store.ErrClosed):
		return &Problem{Status: http.StatusServiceUnavailable, Title: "Not available right now", Detail: "The database cannot be written. Nothing was changed.", RetryAfter: 5 * time.Second}
	case errors.Is(err, auth.ErrBusy):
		return &Problem{Status: http.StatusServiceUnavailable, Title: "Busy", Detail: "Too many people sign in right now.", RetryAfter: auth.HashPatience}
	case errors.Is(err, context.Canceled): // nobody reads the answer, and nothing failed here
		return &Problem{Status: statusHungUp, Title: "Cancelled", Detail: "The caller hung up."}
	case errors.As(err, &routing):
		return routingProblem(routing)
	default:
		return &Problem{Status: http.StatusInternalServerError, Title: "Something went wrong", Detail: "It is in the server's log. Please try again."}
	}
}

// sizeWords writes our bounds: whole MiB or KiB.
func sizeWords(bytes int64) string {
	if bytes >= 1<<20 {
		return strconv.FormatInt(bytes>>20, 10) + " MiB"
	}
	return strconv.FormatInt(bytes>>10, 10) + " KiB"
}

// routingProblem words the router's own refusals.
func routingProblem(err *echo.HTTPError) *Problem {
	p := &Problem{Status: err.Code, Title: http.StatusText(err.Code)}
	switch err.Code {
	case http.StatusNotFound:
		p.Title, p.Detail = "Not found", "There is nothing at this address."
	case http.StatusMethodNotAllowed:
		p.Detail = "This page can't be opened directly."
	}
	return p
}

// fail answers with an error: as a page, or as problem+json for the API. Handlers may call it or just return
// the error; both end here.
func (a *app) fail(c echo.Context, err error) error {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		a.Log.ErrorContext(c.Request().Context(), "request failed", "method", c.Request().Method, "path", c.Path(), "error", err)
	}
	if p.RetryAfter > 0 {
		c.Response().Header().Set("Retry-After", seconds(p.RetryAfter))
	}
	if isAPI(c.Request()) {
		return writeProblem(c.Response(), p)
	}
	return a.errorPage(c, p)
}

// handleError receives from echo the errors that handlers and the router return.
func (a *app) handleError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if failed := a.fail(c, err); failed != nil {
		a.Log.Warn("answer with an error", "error", failed)
	}
}

// isAPI distinguishes programs from people by the path alone, so that no header can change what an error looks like.
func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/v1/") }
