package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// place is where a sealed value stands. It is authenticated with the value (AAD), so that an envelope copied
// into another row or column does not open.
type place struct {
	table string
	row   string
	field string
}

func (p place) aad() []byte { return []byte(p.table + "\x00" + p.row + "\x00" + p.field) }

func webhookPlace(botID uuid.UUID, field string) place {
	return place{"webhooks", botID.String(), field}
}

func versionPlace(botID uuid.UUID, version int64) place {
	return place{"webhook_versions", fmt.Sprintf("%s/%d", botID, version), "headers"}
}

// sealed encrypts a value with AES-256-GCM and a random nonce: "v1:<key id>:<base64 of nonce and ciphertext>".
// The empty string stays empty.
func (k *Keyring) sealed(p place, plain string) string {
	if plain == "" {
		return ""
	}
	newest := k.newest()
	aead := newest.aead()
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	rand.Read(nonce) // never fails (crypto/rand)
	return "v1:" + newest.id + ":" + base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(plain), p.aad()))
}

// opened decrypts what sealed made for the same place.
func (k *Keyring) opened(p place, envelope string) (string, error) {
	if envelope == "" {
		return "", nil
	}
	parts := strings.SplitN(envelope, ":", 3)
	if len(parts) != 3 || parts[0] != "v1" {
		return "", fmt.Errorf("opening %s.%s: not a sealed value", p.table, p.field)
	}
	key, ok := k.key(parts[1])
	if !ok {
		return "", fmt.Errorf("opening %s.%s: sealed with key %s, which the key file does not hold", p.table, p.field, parts[1])
	}
	raw, err := base64.RawStdEncoding.DecodeString(parts[2])
	aead := key.aead()
	if err != nil || len(raw) < aead.NonceSize() {
		return "", fmt.Errorf("opening %s.%s: damaged", p.table, p.field)
	}
	plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], p.aad())
	if err != nil {
		return "", fmt.Errorf("opening %s.%s: %w", p.table, p.field, err)
	}
	return string(plain), nil
}

func (m masterKey) aead() cipher.AEAD {
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
