package handlers

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"iozen/sender/outcome"
	"iozen/store"
)

// exportColumn is one column of the CSV: its name, its description, and its cell for a delivery and its payload.
type exportColumn struct {
	name, about string
	cell        func(d store.Delivery, p sentPayload) string
}

// exportColumns are the columns in their order. New ones go to the end, because spreadsheets and scripts count columns.
var exportColumns = []exportColumn{
	{"id", "The delivery's own id; the webhook-id header of every attempt.", func(d store.Delivery, _ sentPayload) string { return d.ID.String() }},
	{"bot_id", "The bot's id.", func(d store.Delivery, _ sentPayload) string { return d.BotID.String() }},
	{"bot", "The bot's name.", func(d store.Delivery, _ sentPayload) string { return d.BotName }},
	{"event_id", "The event's id, as given or made; the X-IoZen-Event-Id header.", func(d store.Delivery, _ sentPayload) string { return d.EventID }},
	{"event_name", "Such as Lead.", func(d store.Delivery, _ sentPayload) string { return d.EventName }},
	{"test", "true for a test event.", func(d store.Delivery, _ sentPayload) string { return strconv.FormatBool(d.Test) }},
	{"status", "queued, sending, retrying, delivered, failed, held or skipped (not sent).", func(d store.Delivery, _ sentPayload) string { return string(d.Status) }},
	{"reason", "Why it is held or was not sent: off, no_url, switched_off, not_chosen, held_too_long, filter, consent, webhook_deleted or erased; sent_anyway if a person sent it without consent.", func(d store.Delivery, _ sentPayload) string { return d.Reason }},
	{"attempts", "How many requests were made.", func(d store.Delivery, _ sentPayload) string { return strconv.Itoa(d.Attempts) }},
	{"status_code", "Of the last answer; empty without one.", func(d store.Delivery, _ sentPayload) string { return zeroIsEmpty(d.LastCode) }},
	{"duration_ms", "How long the last attempt took, in milliseconds; below 1 with decimals.", exportDuration},
	{"error", "What was wrong with the last attempt, as in the log.", exportError},
	{"accepted_at", "When ioZen took the event.", func(d store.Delivery, _ sentPayload) string { return exportTime(d.CreatedAt) }},
	{"happened_at", "The event's own time.", func(d store.Delivery, _ sentPayload) string { return exportTime(d.EventTime) }},
	{"changed_at", "When the delivery last changed.", func(d store.Delivery, _ sentPayload) string { return exportTime(d.UpdatedAt) }},
	{"next_attempt_at", "When it is tried again, if it is.", exportNext},
	{"email", "user_data.email, masked or as given.", func(_ store.Delivery, p sentPayload) string { return p.User.Email }},
	{"phone", "user_data.phone, masked or as given.", func(_ store.Delivery, p sentPayload) string { return p.User.Phone }},
	{"first_name", "user_data.first_name, masked or as given.", func(_ store.Delivery, p sentPayload) string { return p.User.FirstName }},
	{"last_name", "user_data.last_name, masked or as given.", func(_ store.Delivery, p sentPayload) string { return p.User.LastName }},
	{"external_id", "user_data.external_id, masked or as given.", func(_ store.Delivery, p sentPayload) string { return p.User.ExternalID }},
	customColumn("value"),
	customColumn("currency"),
	customColumn("content_name"),
	customColumn("utm_source"),
	customColumn("utm_medium"),
	customColumn("utm_campaign"),
	customColumn("utm_term"),
	customColumn("utm_content"),
	customColumn("gclid"),
	customColumn("fbclid"),
	customColumn("msclkid"),
	customColumn("ttclid"),
	customColumn("li_fat_id"),
	{"source_url", "The page, without its query unless personal data was asked for.", func(_ store.Delivery, p sentPayload) string { return p.SourceURL }},
	{"warnings", "What was odd about the event, though it was taken.", exportWarnings},
	{"webhook", "The number of the endpoint in its bot; 1 is the first.", func(d store.Delivery, _ sentPayload) string { return strconv.Itoa(d.Webhook) }},
}

func customColumn(key string) exportColumn {
	return exportColumn{key, "custom_data." + key, func(_ store.Delivery, p sentPayload) string { return p.custom(key) }}
}

func exportDuration(d store.Delivery, _ sentPayload) string {
	if d.Attempts == 0 {
		return ""
	}
	if d.LastDuration < time.Millisecond {
		return strconv.FormatFloat(float64(d.LastDuration.Microseconds())/1000, 'f', -1, 64) // 0 would say that it took no time
	}
	return strconv.FormatInt(d.LastDuration.Milliseconds(), 10)
}

func exportError(d store.Delivery, _ sentPayload) string {
	diagnosis := outcome.Diagnose(d.LastOutcome, d.LastCode, d.LastDetail)
	return joined(diagnosis.Error, diagnosis.Cause)
}

func exportNext(d store.Delivery, _ sentPayload) string {
	if d.Status != store.Queued && d.Status != store.Retrying {
		return ""
	}
	return exportTime(d.DueAt)
}

func exportWarnings(d store.Delivery, _ sentPayload) string {
	words := make([]string, len(d.Warnings))
	for i, w := range d.Warnings {
		words[i] = w.Pointer + " " + w.Message
	}
	return strings.Join(words, "; ")
}

func exportTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func zeroIsEmpty(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// byteOrderMark tells spreadsheets that the file is UTF-8; without it they garble every name with an accent.
const byteOrderMark = "\uFEFF"

func exportCSV(w io.Writer) (func(store.Delivery) error, func() error) {
	out := newCSV(w)
	row := make([]string, len(exportColumns))
	for i, column := range exportColumns {
		row[i] = column.name
	}
	_, first := io.WriteString(w, byteOrderMark)
	if first == nil {
		first = out.Write(row)
	}
	write := func(d store.Delivery) error {
		if first != nil {
			return fmt.Errorf("write the names of the columns: %w", first)
		}
		p := readPayload(d.Payload)
		for i, column := range exportColumns {
			row[i] = plainCell(column.cell(d, p))
		}
		return out.Write(row)
	}
	return write, func() error { out.Flush(); return out.Error() }
}
