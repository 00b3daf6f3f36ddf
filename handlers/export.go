package handlers

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"iozen/store"
	"iozen/store/event"
	"iozen/views"
)

// botExport and allExport stream the deliveries that a log's filter shows, all pages of them. Personal data are masked unless
// an editor asks for them; the export is logged before it begins.
func (a *app) botExport(c echo.Context) error {
	bot, err := a.bot(c)
	if err != nil {
		return err
	}
	return a.export(c, bot)
}

func (a *app) allExport(c echo.Context) error { return a.export(c, store.Bot{}) }

func (a *app) export(c echo.Context, bot store.Bot) error {
	asked := c.QueryParams()
	filter, problems := pageFilter(asked, bot.ID, a.Now())
	if len(problems) > 0 { // a filter that is not understood must not widen the export: the log page says what is wrong
		return seeOther(c, pageURL(logURL(idOrNone(bot.ID)), withoutExport(asked), ""))
	}
	format, known := exportFormats[asked.Get("format")]
	if !known {
		return &Problem{Status: http.StatusUnprocessableEntity, Title: "Unknown format", Detail: "Choose CSV or NDJSON."}
	}
	personal := asked.Get("personal") == "1"
	if personal && !mayEdit(c) {
		return &Problem{Status: http.StatusForbidden, Title: "Not allowed", Detail: "Personal data is exported by editors and owners. An owner can change your role."}
	}
	if err := a.audit(c, store.AuditEntry{Action: "delivery.export", BotID: bot.ID, Note: exportNote(asked.Get("format"), personal)}); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", format.mime)
	h.Set("Content-Disposition", `attachment; filename="`+a.exportName(bot)+"."+asked.Get("format")+`"`)
	c.Response().WriteHeader(http.StatusOK)
	write, flush := format.writer(c.Response())
	err := a.Store.EachDelivery(c.Request().Context(), filter, func(d store.Delivery) error {
		if !personal {
			d = event.MaskDelivery(d)
		}
		return write(d)
	})
	if err != nil {
		a.Log.ErrorContext(c.Request().Context(), "export of deliveries", "error", err)
		panic(http.ErrAbortHandler) // the file must not look complete
	}
	return flush()
}

// exportFormats are the forms that deliveries are exported in; docs/export.md and the help page describe them.
var exportFormats = map[string]struct {
	mime   string
	writer func(io.Writer) (write func(store.Delivery) error, flush func() error)
}{
	"csv":    {"text/csv; charset=utf-8", exportCSV},
	"ndjson": {"application/x-ndjson", exportNDJSON},
}

func exportNote(format string, personal bool) string {
	if personal {
		return format + ", with personal data"
	}
	return format + ", personal data masked"
}

// exportName is the file's name without its ending: iozen-deliveries-roofing-quote-bot-2026-11-25.
func (a *app) exportName(bot store.Bot) string {
	parts := []string{"iozen-deliveries"}
	if slug := slugOf(bot.Name); slug != "" {
		parts = append(parts, slug)
	}
	return strings.Join(append(parts, a.Now().UTC().Format("2006-01-02")), "-")
}

// slugOf keeps the characters of a name that every file system and every header accepts.
func slugOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}

// exportChoices carry the filter of a page into the form that asks how to export.
func exportChoices(asked url.Values) (choices []views.Choice) {
	for _, name := range filterControls {
		for _, value := range asked[name] {
			if value != "" {
				choices = append(choices, views.Choice{Name: name, Value: value})
			}
		}
	}
	return choices
}

func withoutExport(asked url.Values) url.Values {
	asked.Del("format")
	asked.Del("personal")
	return asked
}
