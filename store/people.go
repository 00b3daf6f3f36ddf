package store

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"iozen/store/person"
)

// personHash is a keyed hash by which a person's deliveries are found; zero: nothing is known.
type personHash [16]byte

// personHashes are the hashes by which a delivery will be found for what it tells of people.
func (k *Keyring) personHashes(email, phone, externalID string) (hashes []personHash) {
	m := k.newest()
	for _, known := range peopleIn(email, phone, externalID) {
		hashes = append(hashes, m.personHash(known.Kind, known.Value))
	}
	return hashes
}

// peopleIn are whom an event tells of, each in the one form that is kept: every address and every number that a visitor gave,
// since people also type the one into the place of the other. An external id is nothing but that.
func peopleIn(email, phone, externalID string) (known []Person) {
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

// allHashes are the hashes of some forms under each key that there was.
func (k *Keyring) allHashes(kind PersonKind, forms []string) (hashes []personHash) {
	for _, m := range k.keys {
		for _, form := range forms {
			hashes = append(hashes, m.personHash(kind, form))
		}
	}
	return hashes
}

// peopleOf are the three fields that tell of a person, as given.
func peopleOf(email, phone, externalID string) [3]Person {
	return [3]Person{{PersonEmail, email}, {PersonPhone, phone}, {PersonExternalID, externalID}}
}

// Nobody says that there is nothing to look for: no value, or a phone number without digits.
func (p Person) Nobody() bool { return p.form() == "" }

// form is what all ways of writing the same value have in common: what is hashed when an event is accepted.
func (p Person) form() string {
	switch p.Kind {
	case PersonEmail:
		return person.Email(p.Value)
	case PersonPhone:
		return person.Phone(p.Value)
	}
	return person.ExternalID(p.Value)
}

// forms are all under which the value may have been kept. The newest is the first.
func (p Person) forms() (forms []string) {
	switch {
	case p.Nobody():
		return nil
	case p.Kind == PersonPhone:
		forms = person.PhoneKeys(p.Value)
	default:
		forms = []string{p.form()}
	}
	return withFormer(forms, p)
}

// withFormer adds the form that earlier versions hashed, so that what they kept is found too.
func withFormer(forms []string, p Person) []string {
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

// maskedPerson is what lists show of a person: the masked e-mail, or else the masked phone.
func maskedPerson(email, phone string) string {
	masked, number := person.MaskEmail(email), person.MaskPhone(phone)
	if masked == "" || masked == person.Mask && number != "" {
		return number
	}
	return masked
}

// dropPerson removes a delivery's hashes from the index, into which the journal was merged. They are made again from its
// payload: there is no way back from a delivery to its hashes.
func (tx *tx) dropPerson(botID, deliveryID uuid.UUID, payload []byte) error {
	var p struct {
		UserData struct {
			Email, Phone string
			ExternalID   string `json:"external_id"`
		} `json:"user_data"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return nil // not a payload of ours: there is nothing to find it by
	}
	u := p.UserData
	known := peopleIn(u.Email, u.Phone, u.ExternalID)
	for _, former := range peopleOf(u.Email, u.Phone, u.ExternalID) {
		for _, form := range withFormer(nil, former) {
			known = append(known, Person{former.Kind, form})
		}
	}
	for _, who := range known {
		for _, h := range tx.db.cfg.Keys.allHashes(who.Kind, []string{who.Value}) {
			if err := tx.dropHash(h, botID, deliveryID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (tx *tx) dropHash(h personHash, botID, deliveryID uuid.UUID) error {
	_, err := tx.exec(`DELETE FROM people WHERE run = ? AND hash = ? AND bot_id = ? AND delivery_id = ?`,
		runOf(deliveryID), h[:], idBytes(botID), idBytes(deliveryID))
	return err
}
