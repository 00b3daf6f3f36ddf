package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
)

func TestAPIKeyCanBeTakenApart(t *testing.T) {
	key, text, err := NewAPIKey(store.Key{Name: "ci", Role: store.RoleIngest}, time.Unix(1_772_712_000, 0))
	require.NoError(t, err)
	require.Regexp(t, `^iozen_[0-9A-Za-z]{22}_[0-9A-Za-z]{39}$`, text)
	require.Equal(t, "ci", key.Name)

	id, hash, err := ParseAPIKey(text)
	require.NoError(t, err)
	require.Equal(t, key.ID, id)
	require.True(t, SameHash(key.SecretHash, hash))
}

func TestAPIKeysDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		_, text, err := NewAPIKey(store.Key{}, time.Now())
		require.NoError(t, err)
		require.False(t, seen[text])
		seen[text] = true
	}
}

func TestBase62IsPaddedAndOrdered(t *testing.T) {
	require.Equal(t, "000000", base62([]byte{0, 0, 0, 0}, 6))
	require.Equal(t, "00000z", base62([]byte{61}, 6))
	require.Equal(t, "4gfFC3", base62([]byte{0xff, 0xff, 0xff, 0xff}, 6))
	nobody := base62(uuid.Nil[:], idLength)
	everyone := base62(uuid.Max[:], idLength)
	require.Len(t, nobody, idLength)
	require.Len(t, everyone, idLength)
}

func TestLookAlikesAreNoAPIKeys(t *testing.T) {
	_, good, err := NewAPIKey(store.Key{}, time.Now())
	require.NoError(t, err)
	flipped := "0"
	if strings.HasSuffix(good, "0") {
		flipped = "1"
	}
	for name, text := range map[string]string{
		"empty":            "",
		"another prefix":   "iozem_" + good[6:],
		"too short":        good[:len(good)-1],
		"too long":         good + "0",
		"wrong checksum":   good[:len(good)-1] + flipped,
		"no separator":     strings.Replace(good, "_", "", 1),
		"not base 62":      good[:10] + "-" + good[11:],
		"only the prefix":  keyPrefix,
		"a space in front": " " + good,
	} {
		_, _, err := ParseAPIKey(text)
		require.ErrorIs(t, err, ErrMalformedKey, name)
	}
}

// The id of zeros means all bots in a stored key, so naming it must never make such a key.
func TestABotsIDIsWrittenInFullAndNeverZero(t *testing.T) {
	const id = "019cbe60-1111-7abc-8def-0123456789ab"
	for _, good := range []string{id, strings.ToUpper(id)} {
		parsed, ok := ParseBotID(good)
		require.True(t, ok, good)
		require.Equal(t, id, parsed.String())
	}
	for _, bad := range []string{
		"", " ", "x", "0", "all", "*", "null", "00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000", "{00000000-0000-0000-0000-000000000000}",
		"urn:uuid:00000000-0000-0000-0000-000000000000", "{" + id + "}", "urn:uuid:" + id, strings.ReplaceAll(id, "-", ""), id + " ", " " + id, id[:35], id + "0",
		id + "," + id, "019cbe60-1111-7abc-8def-0123456789ag",
	} {
		_, ok := ParseBotID(bad)
		require.False(t, ok, "%q", bad)
	}
}
