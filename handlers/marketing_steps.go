package handlers

import (
	"iozen/store"
	"iozen/views"
	"iozen/views/ui"
)

// started says that a first real event has got through: the steps that lead there are over.
func (t traffic) started() bool { return !t.state.Health.LastSuccessAt.IsZero() }

// steps are the way to a first lead.
func (t traffic) steps(sample views.SampleLead) *views.Steps {
	return &views.Steps{Sample: sample, List: [4]views.Step{t.stepURL(), t.stepTest(), t.stepOn(), t.stepLead()}}
}

func (t traffic) stepURL() views.Step {
	s := views.Step{Title: "Paste your webhook URL", Note: "From your CRM or tool", Done: t.w.URL != ""}
	if s.Done {
		s.Note = hostOf(t.w.URL)
	}
	return s
}

func (t traffic) stepTest() views.Step {
	s := views.Step{Title: "Test the connection", Note: "Works while it is off", Done: proven(t.w.WebhookState, t.state.Health)}
	switch {
	case !t.tested():
		if s.Done {
			s.Note = "Your endpoint accepted an event"
		}
	case t.test.Status == store.Delivered:
		s.Note = "Accepted, " + ui.Duration(t.test.LastDuration)
	default:
		s.Note, s.Bad = "Not accepted yet: "+answerWord(*t.test), true
	}
	return s
}

func (t traffic) stepOn() views.Step {
	s := views.Step{Title: "Switch the webhook on", Note: "Until then, leads are held", Done: t.w.Enabled && t.w.SwitchedOff == nil}
	if s.Done {
		s.Note = "New leads are sent"
	}
	return s
}

func (t traffic) stepLead() views.Step {
	s := views.Step{Title: "Get your first lead", Note: "Works without a website.", Done: t.started()}
	switch {
	case s.Done:
		s.Note = "Delivered"
	case t.last == nil:
	case t.last.Status == store.Held:
		s.Note = "A lead came in and is held."
	case t.last.Status == store.Retrying || t.last.Status == store.Failed:
		s.Note, s.Bad = "A lead came in but was not delivered yet.", true
	}
	return s
}
