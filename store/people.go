package store

import (
	"encoding/json"
	"strings"

	"github.com/google/uuid"
)

// personHash is a keyed hash by which a person's deliveries are found; zero: nothing is known.
type personHash [16]byte

// personHashes are the hashes by which a delivery will be found for an e-mail, a phone and an external id.
func (k *Keyring) personHashes(email, phone, externalID string) [3]personHash {
	return k.newest().personHashes(email, phone, externalID)
}

// allPersonHashes are those by which it may have been kept under any key that there was.
func (k *Keyring) allPersonHashes(email, phone, externalID string) (hashes []personHash) {
	for _, m := range k.keys {
		for _, h := range m.personHashes(email, phone, externalID) {
			if h != (personHash{}) {
				hashes = append(hashes, h)
			}
		}
	}
	return hashes
}

func (m masterKey) personHashes(email, phone, externalID string) (hashes [3]personHash) {
	for i, p := range []Person{{PersonEmail, email}, {PersonPhone, phone}, {PersonExternalID, externalID}} {
		if value := p.normal(); value != "" {
			hashes[i] = m.personHash(p.Kind, value)
		}
	}
	return hashes
}

// Nobody says that there is nothing to look for: no value, or a phone number without digits.
func (p Person) Nobody() bool { return p.normal() == "" }

// normal is what all ways of writing the same value have in common.
func (p Person) normal() string {
	switch p.Kind {
	case PersonEmail:
		return strings.ToLower(strings.TrimSpace(p.Value))
	case PersonPhone:
		return phoneKey(p.Value)
	}
	return p.Value
}

// phoneKey is what all ways of writing a phone number have in common, so that "+1 (234) 567" finds "+1234567". What is
// not written like a number stays as it is: other words with digits in them find no phone.
func phoneKey(phone string) string {
	phone = strings.TrimSpace(phone)
	if strings.ContainsFunc(phone, func(r rune) bool { return !strings.ContainsRune("0123456789+-()./\u00a0 ", r) }) {
		return phone
	}
	return digits(phone)
}

// digits keeps the digits of a text.
func digits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, phone)
}

// maskedPerson is what lists show of a person: the masked e-mail, or else the masked phone.
func maskedPerson(email, phone string) string {
	if masked := MaskEmail(email); masked != "" {
		return masked
	}
	return MaskPhone(phone)
}

// MaskEmail leaves the first letter and the host of an e-mail, j•••@example.com; "" when it is none.
func MaskEmail(email string) string {
	name, host, ok := strings.Cut(strings.TrimSpace(email), "@")
	if !ok || name == "" {
		return ""
	}
	return string([]rune(name)[:1]) + "•••@" + host
}

// MaskPhone leaves the last two digits of a phone, •••90; "" when it is too short to be one.
func MaskPhone(phone string) string {
	if d := digits(phone); len(d) > 4 {
		return "•••" + d[len(d)-2:]
	}
	return ""
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
	for _, h := range tx.db.cfg.Keys.allPersonHashes(p.UserData.Email, p.UserData.Phone, p.UserData.ExternalID) {
		if err := tx.dropHash(h, botID, deliveryID); err != nil {
			return err
		}
	}
	return nil
}

func (tx *tx) dropHash(h personHash, botID, deliveryID uuid.UUID) error {
	_, err := tx.exec(`DELETE FROM people WHERE run = ? AND hash = ? AND bot_id = ? AND delivery_id = ?`,
		runOf(deliveryID), h[:], idBytes(botID), idBytes(deliveryID))
	return err
}
