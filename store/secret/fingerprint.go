package secret

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"iozen/store"
)

const (
	fingerprintKeyBytes = 4  // of the key's id, before the hash
	fingerprintBytes    = 16 // of the hash
)

// StoredFingerprint is what is kept of an event's fingerprint: the id of the key in use, and a hash with it. A hash that
// anybody can make would give away what is erased or masked: a phone number has few enough possible values to try all.
func (m MasterKey) StoredFingerprint(given [sha256.Size]byte) []byte {
	id, err := hex.DecodeString(m.ID)
	if err != nil {
		panic(err) // deriveKeys has written it
	}
	mac := hmac.New(sha256.New, m.fingerprints)
	mac.Write(given[:])
	return append(id, mac.Sum(nil)[:fingerprintBytes]...)
}

// StoredFingerprints are those of some events, as they are kept: made with the newest key, whose id they name.
func (k *Keyring) StoredFingerprints(events []store.NewDelivery) [][]byte {
	newest := k.Newest()
	stored := make([][]byte, len(events))
	for i, e := range events {
		stored[i] = newest.StoredFingerprint(e.Fingerprint)
	}
	return stored
}

// Differs says whether a stored fingerprint is that of another event than the given one. Fingerprints that cannot be
// compared do not differ, so that a repeat is then recognized by its id alone: the fingerprint of an erased event is empty,
// an older program kept one without a key, and a key may have left the key file.
func (k *Keyring) Differs(stored []byte, given [sha256.Size]byte) bool {
	if len(stored) != fingerprintKeyBytes+fingerprintBytes {
		return false
	}
	key, ok := k.Key(hex.EncodeToString(stored[:fingerprintKeyBytes]))
	return ok && !bytes.Equal(stored, key.StoredFingerprint(given))
}
