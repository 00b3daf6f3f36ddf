package handlers

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"iozen/store"
)

// auditExport streams what the filter shows, all pages of it. The export itself is logged before it begins.
func (a *app) auditExport(c echo.Context) error {
	asked := c.QueryParams()
	filter, problems := auditFilter(asked)
	if len(problems) > 0 {
		return &Problem{Status: http.StatusUnprocessableEntity, Title: "Unknown filter", Detail: "Choose the filter again."}
	}
	kind, known := auditFormats[asked.Get("format")]
	if !known {
		return &Problem{Status: http.StatusUnprocessableEntity, Title: "Unknown format", Detail: "Choose CSV or NDJSON."}
	}
	actors, err := a.actorNames(c.Request().Context())
	if err != nil {
		return err
	}
	if err := a.audit(c, store.AuditEntry{Action: "audit.export", Note: asked.Get("format")}); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", kind.mime)
	h.Set("Content-Disposition", `attachment; filename="iozen-audit-`+a.Now().UTC().Format("2006-01-02")+`.`+asked.Get("format")+`"`)
	c.Response().WriteHeader(http.StatusOK)
	write, flush := kind.writer(c.Response(), actors)
	if err := a.Store.EachAudit(c.Request().Context(), filter, write); err != nil {
		a.Log.ErrorContext(c.Request().Context(), "export of the audit log", "error", err)
		panic(http.ErrAbortHandler) // the file must not look complete
	}
	return flush()
}

// auditFormats are the forms that the log is exported in.
var auditFormats = map[string]struct {
	mime   string
	writer func(io.Writer, actorNames) (write func(store.AuditEntry) error, flush func() error)
}{
	"csv":    {"text/csv; charset=utf-8", auditCSV},
	"ndjson": {"application/x-ndjson", auditNDJSON},
}

func auditCSV(w io.Writer, actors actorNames) (func(store.AuditEntry) error, func() error) {
	out := newCSV(w)
	first := out.Write([]string{"time", "who", "ip", "what", "action", "target", "note", "bot_id", "id", "webhook"})
	write := func(e store.AuditEntry) error {
		if first != nil {
			return first
		}
		l := auditLineOf(e, actors)
		return out.Write([]string{l.Time, plainCell(l.Who), l.IP, plainCell(l.What), l.Action, plainCell(l.Target), plainCell(l.Note), l.BotID, l.ID, zeroIsEmpty(l.Webhook)})
	}
	return write, func() error { out.Flush(); return out.Error() }
}

// auditLine is one entry in an export.
type auditLine struct {
	ID     string `json:"id"`
	Time   string `json:"time"`
	Who    string `json:"who"`
	IP     string `json:"ip,omitempty"`
	What   string `json:"what"`
	Action string `json:"action"`
	Target string `json:"target,omitempty"`
	Note   string `json:"note,omitempty"`
	BotID  string `json:"bot_id,omitempty"`

	Webhook int `json:"webhook,omitempty"` // its number in the bot
}

func auditLineOf(e store.AuditEntry, actors actorNames) auditLine {
	l := auditLine{
		ID: e.ID.String(), Time: e.At.UTC().Format(time.RFC3339Nano), Who: actors.of(e.By), IP: e.By.IP,
		What: actWords(e), Action: e.Action, Target: e.Target, Note: e.Note, Webhook: e.N,
	}
	if e.BotID != uuid.Nil {
		l.BotID = e.BotID.String()
	}
	return l
}

func auditNDJSON(w io.Writer, actors actorNames) (func(store.AuditEntry) error, func() error) {
	out := json.NewEncoder(w)
	write := func(e store.AuditEntry) error {
		if err := out.Encode(auditLineOf(e, actors)); err != nil {
			return fmt.Errorf("write line: %w", err)
		}
		return nil
	}
	return write, func() error { return nil }
}

// exportURL is the address of the export of what a page's address shows.
func exportURL(asked url.Values, format string) string {
	kept := url.Values{"format": {format}}
	for _, name := range auditControls {
		if asked.Get(name) != "" {
			kept.Set(name, asked.Get(name))
		}
	}
	return "/audit/export?" + kept.Encode()
}
