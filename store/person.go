package store

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"iozen/store/person"
)

// Person is somebody whose events are searched for, by one thing that identifies them.
type Person struct {
	Kind  PersonKind
	Value string // as typed: case of an email and spaces in a phone do not matter
}

// PersonKind is what identifies a person.
type PersonKind string

// The kinds, each with a hash of its own beside every event that has it.
const (
	PersonEmail      PersonKind = "email"
	PersonPhone      PersonKind = "phone"
	PersonExternalID PersonKind = "external_id"
)

// PersonEvent is everything that is stored of one event of a person.
type PersonEvent struct {
	Delivery Delivery // with its payload
	Attempts []Attempt
}

// PersonCount is how many events of a person a bot has.
type PersonCount struct {
	BotID   uuid.UUID
	BotName string
	Events  int
}

// Nobody says that there is nothing to look for: no value, or a phone number without digits.
func (p Person) Nobody() bool { return p.Form() == "" }

// Form is what all ways of writing the same value have in common: what is hashed when an event is accepted.
func (p Person) Form() string {
	switch p.Kind {
	case PersonEmail:
		return person.Email(p.Value)
	case PersonPhone:
		return person.Phone(p.Value)
	}
	return person.ExternalID(p.Value)
}

// Forms are all forms that the value may be stored in, the newest first.
func (p Person) Forms() (forms []string) {
	switch {
	case p.Nobody():
		return nil
	case p.Kind == PersonPhone:
		forms = person.PhoneKeys(p.Value)
	default:
		forms = []string{p.Form()}
	}
	return WithFormer(forms, p)
}

// WithFormer adds the form that earlier versions hashed, so that what they stored is found too.
func WithFormer(forms []string, p Person) []string {
	former := p.Value
	switch p.Kind {
	case PersonEmail:
		former = strings.ToLower(strings.TrimSpace(p.Value))
	case PersonPhone:
		if former = strings.TrimSpace(p.Value); !strings.ContainsFunc(former, func(r rune) bool { return !strings.ContainsRune("0123456789+-()./\u00a0 ", r) }) {
			former = strings.Map(onlyDigits, former)
		}
	}
	if former == "" || slices.Contains(forms, former) {
		return forms
	}
	return append(forms, former)
}

func onlyDigits(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

// MaskedPerson is what lists show of a person: the masked email, or else the masked phone.
func MaskedPerson(email, phone string) string {
	masked, number := person.MaskEmail(email), person.MaskPhone(phone)
	if masked == "" || masked == person.Mask && number != "" {
		return number
	}
	return masked
}

// PeopleOf are the three fields that identify a person, as given.
func PeopleOf(email, phone, externalID string) [3]Person {
	return [3]Person{{PersonEmail, email}, {PersonPhone, phone}, {PersonExternalID, externalID}}
}

// PeopleIn are the people that an event names, each in the one form that is stored: every address and every number that a
// visitor gave, since people also type one in place of the other. An external id is never read as either.
func PeopleIn(email, phone, externalID string) (known []Person) {
	add := func(kind PersonKind, forms ...string) {
		for _, form := range forms {
			if p := (Person{kind, form}); form != "" && !slices.Contains(known, p) {
				known = append(known, p)
			}
		}
	}
	add(PersonEmail, person.Emails(email)...)
	add(PersonPhone, person.Phones(phone)...)
	add(PersonExternalID, person.ExternalID(externalID))
	if strings.ContainsAny(phone, "@＠") {
		add(PersonEmail, person.Addresses(phone)...)
	}
	if strings.Contains(email, " ") || !strings.Contains(email, "@") {
		add(PersonPhone, person.Numbers(email)...)
	}
	return known
}
