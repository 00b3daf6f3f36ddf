package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/store/upkeep"
	"iozen/views"
	"iozen/views/ui"
)

// botResendPage and allResendPage ask before everything that a log's filter shows is sent again. They show the count and the
// speed.
func (a *app) botResendPage(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	page := views.ResendAllPage{Page: a.botPage(c, bot.ID, bot.Name, "Resend"), BotID: bot.ID.String(), BotName: bot.Name}
	names, err := a.endpointNames(c.Request().Context(), bot.ID)
	if err != nil {
		return err
	}
	n := webhookNumber(c.QueryParam("webhook"))
	if n == 0 && len(names) > 1 {
		page.Where = strconv.Itoa(len(names)) + " endpoints"
		return a.askResend(c, page, bot.ID)
	}
	w, err := a.webhookOnce(c.Request().Context(), store.WebhookID{BotID: bot.ID, N: max(n, 1)})
	if err != nil {
		return err
	}
	page.Where = hostOf(w.URL)
	if w.RateLimit != nil {
		page.Limit = limitWords(w.RateLimit)
	}
	return a.askResend(c, page, bot.ID)
}

func (a *app) allResendPage(c echo.Context) error {
	return a.askResend(c, views.ResendAllPage{Page: a.page(c, "Resend", "deliveries")}, uuid.Nil)
}

func (a *app) askResend(c echo.Context, page views.ResendAllPage, botID uuid.UUID) error {
	asked := c.QueryParams()
	filter, problems := pageFilter(asked, botID, a.Now())
	if len(problems) > 0 { // a filter that is not understood must not widen what is sent: the log page says what is wrong
		return seeOther(c, pageURL(logURL(page.BotID), asked, ""))
	}
	filter = resendable(filter)
	n, err := a.Store.CountResend(c.Request().Context(), filter, countLimit+1)
	if err != nil {
		return err
	}
	page.What, page.PerSecond = resendWhat(filter.Status), strconv.Itoa(upkeep.ResendRate)
	page.Action, page.Back = logURL(page.BotID)+"/resend", pageURL(logURL(page.BotID), asked, "")
	page.Delivered = slices.Contains(filter.Status, store.Delivered)
	page.Chosen = filterChoices(asked, filter)
	if n > 0 {
		page.Count, page.Takes = atMost(n), resendTime(n)
		page.What = strings.Replace(page.What, "deliveries", plural(n, "delivery", "deliveries"), 1)
	}
	return a.render(c, http.StatusOK, views.ResendAll(page))
}

// filterChoices carry a filter into a form. A range up to now becomes the moment at which it begins, so that exactly what
// was asked about is sent.
func filterChoices(asked url.Values, f store.DeliveryFilter) (choices []views.Choice) {
	for _, name := range filterControls {
		for _, value := range asked[name] {
			if value != "" && name != "range" && name != "from" {
				choices = append(choices, views.Choice{Name: name, Value: value})
			}
		}
	}
	if !f.From.IsZero() {
		choices = append(choices, views.Choice{Name: "from", Value: f.From.UTC().Format(time.RFC3339Nano)})
	}
	return choices
}

// resendWhat says which deliveries are resent.
func resendWhat(statuses []store.Status) string {
	var words []string
	for _, s := range statuses {
		_, _, word := recentStatus(s)
		words = append(words, strings.ToLower(word))
	}
	if len(words) == 0 {
		return "deliveries that can be resent"
	}
	return strings.Join(words, " and ") + " deliveries"
}

// resendable is a page's filter as a resend of all that it shows takes it.
func resendable(f store.DeliveryFilter) store.DeliveryFilter {
	f.Status = resendStatuses(f)
	return f
}

// resendTime is about how long a resend takes.
func resendTime(n int) string {
	if n > countLimit {
		return "a while"
	}
	return fmt.Sprintf("about %d s", (n+upkeep.ResendRate-1)/upkeep.ResendRate)
}

// botResendStart and allResendStart start what was asked about.
func (a *app) botResendStart(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	return a.startResend(c, bot.ID)
}

func (a *app) allResendStart(c echo.Context) error { return a.startResend(c, uuid.Nil) }

// resendRuns refuses a second resend of the same bot at a time.
func resendRuns() *Problem {
	return &Problem{Status: http.StatusConflict, Title: "A resend is running already", Detail: "Wait for its end, or stop it."}
}

func (a *app) startResend(c echo.Context, botID uuid.UUID) error {
	form, err := webhookForm(c)
	if err != nil {
		return err
	}
	filter, problems := pageFilter(form, botID, a.Now())
	if len(problems) > 0 {
		return seeOther(c, pageURL(logURL(idOrNone(botID)), form, ""))
	}
	j, err := a.Store.StartResend(c.Request().Context(), resendable(filter), actorOf(c))
	if errors.Is(err, store.ErrExists) {
		return resendRuns()
	}
	if err != nil {
		return fmt.Errorf("start resend: %w", err)
	}
	page := nextOr(c, logURL(idOrNone(botID)))
	if err := a.sayUndo(c, ui.OK, "Resending "+resendWhat(resendStatuses(filter))+".", undoJob(j.ID, page)); err != nil {
		return err
	}
	return seeOther(c, page)
}

// backOr redirects to the page that a form came from, or else to another.
func (a *app) backOr(c echo.Context, otherwise string) error {
	return seeOther(c, nextOr(c, otherwise))
}

// nextOr is the page that a form came from, or else another.
func nextOr(c echo.Context, otherwise string) string {
	if next := localPath(c.FormValue("next")); next != "/" {
		return next
	}
	return otherwise
}

func idOrNone(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}
