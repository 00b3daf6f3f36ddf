package handlers

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"iozen/sender/outcome"
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

const (
	// flowSpan is how far back the numbers above the settings look.
	flowSpan = 24 * time.Hour
	// flowFresh is how long ago a lead may have come that is still drawn on its way.
	flowFresh = 5 * time.Minute
)

// traffic is what one can say about how the leads of a bot travel to one of its endpoints.
type traffic struct {
	w      store.Webhook
	state  store.BotState
	last   *store.Delivery // the newest real event
	test   *store.Delivery // the newest test
	before *store.Delivery // the test before it
	day    dayOfEvents
	now    time.Time
}

// dayOfEvents are the sums of the last 24 hours, by the hours that have begun.
type dayOfEvents struct {
	accepted, delivered, failed int
	typical                     time.Duration // the median of the answers; negative without one
}

func (a *app) traffic(ctx context.Context, w store.Webhook) (traffic, error) {
	t := traffic{w: w, now: a.Now()}
	var err error
	if t.state, err = a.Store.BotState(ctx, w.WebhookID); err != nil {
		return t, fmt.Errorf("load bot: %w", err)
	}
	if t.day, err = a.dayOfEvents(ctx, w.WebhookID, t.now); err != nil {
		return t, err
	}
	real, err := a.Store.Deliveries(ctx, store.DeliveryFilter{BotID: w.BotID, Webhook: w.N, Test: new(false), Limit: 1})
	if err != nil {
		return t, fmt.Errorf("load the last event: %w", err)
	}
	if len(real.Deliveries) > 0 {
		t.last = &real.Deliveries[0]
	}
	tests, err := a.Store.Deliveries(ctx, store.DeliveryFilter{BotID: w.BotID, Webhook: w.N, Test: new(true), Limit: 2})
	if err != nil {
		return t, fmt.Errorf("load the last tests: %w", err)
	}
	if len(tests.Deliveries) > 0 {
		t.test = &tests.Deliveries[0]
	}
	if len(tests.Deliveries) > 1 {
		t.before = &tests.Deliveries[1]
	}
	return t, nil
}

func (a *app) dayOfEvents(ctx context.Context, id store.WebhookID, now time.Time) (dayOfEvents, error) {
	counts, err := a.Store.WebhookHours(ctx, id, now.Add(-flowSpan), now.Add(time.Hour))
	if err != nil {
		return dayOfEvents{}, fmt.Errorf("read counters: %w", err)
	}
	var day dayOfEvents
	latencies := map[int]int{}
	for _, c := range counts {
		switch c.Kind {
		case store.CountAccepted:
			day.accepted += c.N
		case store.CountDelivered:
			day.delivered += c.N
			latencies[c.Bucket] += c.N
		case store.CountFailed:
			day.failed += c.N
		}
	}
	day.typical = percentile(latencies, .5)
	return day, nil
}

// tested says whether the last test says something about URL and headers as they are now.
func (t traffic) tested() bool { return t.test != nil && !t.test.CreatedAt.Before(t.w.ChangedAt) }

// flow draws it.
func (t traffic) flow(botName, log string) views.Flow {
	tool := toolOf(t.w.URL)
	f := views.Flow{
		Bot: views.FlowNode{Name: botName, Text: "No leads yet"}, In: t.pipeIn(),
		IoZen: views.FlowNode{Name: "ioZen", Text: t.keeps()},
		Out:   t.pipeOut(), Host: t.host(tool), Tool: tool, LogURL: log,
	}
	if t.last != nil {
		f.Bot.Text, f.Bot.At, f.Bot.Ago = "Last lead", t.last.CreatedAt, true
	}
	return f
}

func (t traffic) pipeIn() views.Pipe {
	switch {
	case t.last == nil:
		return views.Pipe{State: views.PipeNone, Short: "waiting", More: " for a first lead"}
	case t.day.accepted == 0:
		return views.Pipe{State: views.PipeNone, Short: "0", More: " events in 24 h"}
	}
	more := plural(t.day.accepted, " event in 24 h", " events in 24 h")
	return views.Pipe{State: views.PipeOK, Short: ui.Number(t.day.accepted), More: more, Moving: t.now.Sub(t.last.CreatedAt) < flowFresh}
}

// keeps says what waits here.
func (t traffic) keeps() string {
	s := t.state
	switch {
	case !t.w.Sends() && s.Held > 0:
		return ui.Number(s.Held) + " held"
	case t.w.SwitchedOff != nil:
		return "Switched off"
	case !t.w.Enabled:
		return "Webhook is off"
	}
	text := ui.Number(s.Waiting) + " waiting"
	if s.Held > 0 {
		text += ", " + ui.Number(s.Held) + " held"
	}
	return text
}

// failing says that the last attempt of a real event did not get through.
func (t traffic) failing() bool {
	h := t.state.Health
	return !h.FailingSince.IsZero() && !h.LastAttemptAt.Before(t.w.ChangedAt)
}

func (t traffic) quiet() bool { return t.w.Sends() && t.now.Before(t.w.QuietUntil) }

func (t traffic) pipeOut() views.Pipe {
	h := t.state.Health
	switch {
	case t.w.URL == "":
		return views.Pipe{State: views.PipeNone, Short: "no URL", More: " yet"}
	case t.w.SwitchedOff != nil:
		return views.Pipe{State: views.PipeBad, Short: "off", More: " · " + switchedOffShort(t.w.SwitchedOff.Reason)}
	case t.quiet():
		return views.Pipe{State: views.PipeNone, Short: "paused", More: " 5 s while you edit"}
	case t.w.Enabled && t.failing():
		return refusedPipe(h.LastOutcome, h.LastCode)
	case t.w.Enabled && !h.LastSuccessAt.IsZero() && !h.LastSuccessAt.Before(t.w.ChangedAt):
		return views.Pipe{State: views.PipeOK, Short: t.takes()}
	case t.tested() && t.test.Status == store.Delivered:
		return views.Pipe{State: views.PipeOK, Short: ui.Duration(t.test.LastDuration), More: " · test accepted"}
	case t.tested() && t.test.LastOutcome != outcome.OutcomeCancelled:
		return refusedPipe(t.test.LastOutcome, t.test.LastCode)
	case !t.w.Enabled:
		return views.Pipe{State: views.PipeNone, Short: "off"}
	}
	return views.Pipe{State: views.PipeNone, Short: "not tested", More: " yet"}
}

// takes is how long the endpoint takes to answer.
func (t traffic) takes() string {
	switch {
	case t.last != nil && t.last.Status == store.Delivered:
		return ui.Duration(t.last.LastDuration)
	case t.day.typical >= 0:
		return ui.Duration(t.day.typical)
	}
	return "delivering"
}

func refusedPipe(code string, status int) views.Pipe {
	if status > 0 {
		return views.Pipe{State: views.PipeBad, Short: strconv.Itoa(status), More: " · not accepted"}
	}
	return views.Pipe{State: views.PipeBad, Short: "no answer", More: " · " + outcome.Diagnose(code, status, nil).Error}
}

func (t traffic) host(tool views.Tool) views.FlowNode {
	n := views.FlowNode{Name: hostOf(t.w.URL)}
	h := t.state.Health
	switch {
	case t.w.URL == "":
		return views.FlowNode{Name: "Your endpoint", Text: "Add its URL below"}
	case t.quiet():
		n.Text = "Events go out after that"
	case t.w.Enabled && t.failing():
		n.Text, n.At = "Failing since", h.FailingSince
	case !t.w.Sends() && !h.LastSuccessAt.IsZero():
		n.Text, n.At = "Last delivery", h.LastSuccessAt
	case t.day.delivered > 0:
		n.Text = percentOf(t.day.delivered, t.day.delivered+t.day.failed) + " in 24 h" // of what came to an end
	case tool.Key != "":
		return views.FlowNode{Name: tool.Name, Text: hostOf(t.w.URL)}
	case h.LastSuccessAt.IsZero():
		n.Text = "Nothing delivered yet"
	default:
		n.Text, n.At = "Last delivery", h.LastSuccessAt
	}
	return n
}
