package option

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Set is all that a webhook chooses besides.
type Set struct {
	Filter   Filter
	Format   Format
	LeaveOut []string // fields that the endpoint never gets, whatever the format
	Consent  Consent
	Success  Success
}

// Name is what the API calls one choice.
type Name string

// The choices.
const (
	NameFilter   Name = "filter"
	NameFormat   Name = "format"
	NameLeaveOut Name = "leave_out"
	NameConsent  Name = "consent"
	NameSuccess  Name = "success"
)

// Names are the choices in the order in which they are shown.
func Names() []Name { return []Name{NameFilter, NameFormat, NameLeaveOut, NameConsent, NameSuccess} }

// Change makes the choices that are not nil.
type Change struct {
	Filter   *Filter
	Format   *Format
	LeaveOut *[]string
	Consent  *Consent
	Success  *Success
}

// Given are the choices that the change makes, different or not.
func (c Change) Given() (given []Name) {
	for name, is := range map[Name]bool{
		NameFilter: c.Filter != nil, NameFormat: c.Format != nil, NameLeaveOut: c.LeaveOut != nil,
		NameConsent: c.Consent != nil, NameSuccess: c.Success != nil,
	} {
		if is {
			given = append(given, name)
		}
	}
	return given
}

// Without leaves one choice as it is.
func (c Change) Without(name Name) Change {
	switch name {
	case NameFilter:
		c.Filter = nil
	case NameFormat:
		c.Format = nil
	case NameLeaveOut:
		c.LeaveOut = nil
	case NameConsent:
		c.Consent = nil
	case NameSuccess:
		c.Success = nil
	}
	return c
}

// Else makes the choices of another change where this one makes none.
func (c Change) Else(other Change) Change {
	c.Filter, c.Format, c.LeaveOut = cmp.Or(c.Filter, other.Filter), cmp.Or(c.Format, other.Format), cmp.Or(c.LeaveOut, other.LeaveOut)
	c.Consent, c.Success = cmp.Or(c.Consent, other.Consent), cmp.Or(c.Success, other.Success)
	return c
}

// Apply makes the choices, and says which of them differ now.
func (c Change) Apply(before Set) (after Set, changed []Name) {
	after = before
	if c.Filter != nil && !c.Filter.Equal(before.Filter) {
		after.Filter, changed = *c.Filter, append(changed, NameFilter)
	}
	if c.Format != nil && *c.Format != before.Format {
		after.Format, changed = *c.Format, append(changed, NameFormat)
	}
	if c.LeaveOut != nil && !slices.Equal(*c.LeaveOut, before.LeaveOut) {
		after.LeaveOut, changed = *c.LeaveOut, append(changed, NameLeaveOut)
	}
	if c.Consent != nil && *c.Consent != before.Consent {
		after.Consent, changed = *c.Consent, append(changed, NameConsent)
	}
	if c.Success != nil && *c.Success != before.Success {
		after.Success, changed = *c.Success, append(changed, NameSuccess)
	}
	return after, changed
}

// Change is the change that leads to these choices, all of them.
func (s Set) Change() Change {
	return Change{Filter: &s.Filter, Format: &s.Format, LeaveOut: &s.LeaveOut, Consent: &s.Consent, Success: &s.Success}
}

// Only is the change that leads to one of these choices.
func (s Set) Only(name Name) Change {
	c := s.Change()
	for _, other := range Names() {
		if other != name {
			c = c.Without(other)
		}
	}
	return c
}

// Stored is a set as it is written down: "" for each choice that was not made.
type Stored struct{ Filter, Format, LeaveOut, Consent, Success string }

// Stored writes the set down.
func (s Set) Stored() (out Stored) {
	out.Consent = string(s.Consent)
	if !s.Filter.IsZero() {
		out.Filter = written(s.Filter)
	}
	if s.Format != (Format{}) {
		out.Format = written(s.Format)
	}
	if len(s.LeaveOut) > 0 {
		out.LeaveOut = written(s.LeaveOut)
	}
	if !s.Success.IsZero() {
		out.Success = written(s.Success)
	}
	return out
}

// Set reads what was written down.
func (in Stored) Set() (s Set, err error) {
	for _, choice := range []struct {
		name Name
		text string
		into any
	}{
		{NameFilter, in.Filter, &s.Filter}, {NameFormat, in.Format, &s.Format}, {NameLeaveOut, in.LeaveOut, &s.LeaveOut}, {NameSuccess, in.Success, &s.Success},
	} {
		if choice.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(choice.text), choice.into); err != nil {
			return s, fmt.Errorf("reading %s: %w", choice.name, err)
		}
	}
	s.Consent = Consent(in.Consent)
	return s, nil
}

// written encodes values of this package, which cannot fail.
func written(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
