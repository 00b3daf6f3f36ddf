package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"iozen/store"
)

// Place is where a sealed value is stored. It is authenticated with the value (AAD), so that an envelope copied into
// another row or column does not open.
type Place struct {
	Table string
	row   string
	Field string
}

func (p Place) aad() []byte { return []byte(p.Table + "\x00" + p.row + "\x00" + p.Field) }

// WebhookPlace is where a sealed field of a webhook stands.
func WebhookPlace(id store.WebhookID, field string) Place {
	return Place{"webhooks", webhookRow(id), field}
}

// VersionPlace is where the headers of a settings version stand.
func VersionPlace(id store.WebhookID, version int64) Place {
	return Place{"webhook_versions", fmt.Sprintf("%s/%d", webhookRow(id), version), "headers"}
}

func webhookRow(id store.WebhookID) string { return fmt.Sprintf("%s/%d", id.BotID, id.N) }

// Sealed encrypts a value with AES-256-GCM and a random nonce: "v1:<key id>:<base64 of nonce and ciphertext>".
// The empty string stays empty.
func (k *Keyring) Sealed(p Place, plain string) string {
	if plain == "" {
		return ""
	}
	newest := k.Newest()
	aead := newest.aead()
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	rand.Read(nonce) // never fails (crypto/rand)
	return "v1:" + newest.ID + ":" + base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(plain), p.aad()))
}

// Opened decrypts what sealed made for the same place.
func (k *Keyring) Opened(p Place, envelope string) (string, error) {
	if envelope == "" {
		return "", nil
	}
	parts := strings.SplitN(envelope, ":", 3)
	if len(parts) != 3 || parts[0] != "v1" {
		return "", fmt.Errorf("opening %s.%s: not a sealed value", p.Table, p.Field)
	}
	key, ok := k.Key(parts[1])
	if !ok {
		return "", fmt.Errorf("opening %s.%s: sealed with key %s, which the key file does not hold", p.Table, p.Field, parts[1])
	}
	raw, err := base64.RawStdEncoding.DecodeString(parts[2])
	aead := key.aead()
	if err != nil || len(raw) < aead.NonceSize() {
		return "", fmt.Errorf("opening %s.%s: damaged", p.Table, p.Field)
	}
	plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], p.aad())
	if err != nil {
		return "", fmt.Errorf("opening %s.%s: %w", p.Table, p.Field, err)
	}
	return string(plain), nil
}

func (m MasterKey) aead() cipher.AEAD {
	block, err := aes.NewCipher(m.seal)
	if err != nil {
		panic(err) // the key is 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// SecondFactorPlace is where an account's second factor stands.
func SecondFactorPlace(accountID uuid.UUID) Place {
	return Place{"second_factors", accountID.String(), "secret"}
}

// SessionPlace is where a session's note stands.
func SessionPlace(id uuid.UUID) Place { return Place{"sessions", id.String(), "note"} }

// NotificationSecret is where the signing secret of the notification webhook stands.
var NotificationSecret = Place{"notification_webhook", "1", "secret"}

// KeyCheck is where the value stands that the first server of a database seals.
var KeyCheck = Place{"key_check", "1", "value"}

// JobPlace is where it stands what a job is about.
func JobPlace(id uuid.UUID) Place { return Place{"jobs", id.String(), "about"} }
