package attempt

import (
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

// vector1 is the secret that most of the published libraries test with.
const vector1 = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func TestSignOnTheVectors(t *testing.T) {
	const zoe = `{"event_name":"Lead","user_data":{"first_name":"Zoë"}}`
	for name, c := range map[string]struct {
		secret, id string
		at         int64
		body, want string
	}{
		"published 1":            {vector1, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, `{"test": 2432232314}`, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
		"published 1, no prefix": {strings.TrimPrefix(vector1, "whsec_"), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, `{"test": 2432232314}`, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
		"published 2":            {"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1649367553, `{"email":"test@example.com","username":"test_user"}`, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="},
		"published 3":            {"whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1731705121, `{"event_type":"ping","data":{"success":true}}`, "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="},
		"own, 32 bytes":          {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "msg_0001", 1772712000, zoe, "v1,IjtK5Z+QP+tCJNY+IUM2/OFKZk5KlcJOQkaa/scvJ7c="},
		"own, the old key":       {"whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=", "msg_0001", 1772712000, zoe, "v1,zzEbpUYQotr2/doTaKf/X6zqIhDfsZfcm3Jj+4S8EdI="},
		"own, empty body":        {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "msg_0001", 1772712000, "", "v1,t1u/46DNDLNWCEZMDIFdFU8ZIKFqBOKDQMlo4hEmPM0="},
		"own, 64 bytes":          {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==", "msg_0001", 1772712000, "{}", "v1,doQZnBIEkPpWdfOtv717XTehoPMNBNeC4NhVSyV1ijY="},
		"a dot in the id, one":   {vector1, "a.1", 2, "x", "v1,Rx90jubTbjE68fmxZldU3VD89lT635H3wSJplfd2lE8="},
		"a dot in the id, two":   {vector1, "a", 1, "2.x", "v1,Rx90jubTbjE68fmxZldU3VD89lT635H3wSJplfd2lE8="},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Sign([]string{c.secret}, c.id, time.Unix(c.at, 999_999_999), []byte(c.body))
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestARotationSignsTwice(t *testing.T) {
	got, err := Sign([]string{
		"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
	}, "msg_0001", time.Unix(1772712000, 0), []byte(`{"event_name":"Lead","user_data":{"first_name":"Zoë"}}`))
	require.NoError(t, err)
	require.Equal(t, "v1,IjtK5Z+QP+tCJNY+IUM2/OFKZk5KlcJOQkaa/scvJ7c= v1,zzEbpUYQotr2/doTaKf/X6zqIhDfsZfcm3Jj+4S8EdI=", got)
}

func TestSignRefusesWhatAnyoneCouldForge(t *testing.T) {
	for _, secrets := range [][]string{nil, {""}, {"whsec_"}, {vector1, "whsec_"}, {"whsec_not base64"}} {
		_, err := Sign(secrets, "id", time.Unix(1, 0), nil)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "whsec_", "a secret never stands in an error")
	}
}

func TestSignAgreesWithTheReferenceLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	bytesOf := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32()) // NUL, CRLF and invalid UTF-8 included
		}
		return b
	}
	for range 10_000 {
		secret := "whsec_" + base64.StdEncoding.EncodeToString(bytesOf(24+random.IntN(41)))
		id := base64.RawURLEncoding.EncodeToString(bytesOf(1 + random.IntN(30)))
		at := time.Unix(random.Int64N(4e9), 0)
		body := bytesOf(random.IntN(300))
		signature, err := Sign([]string{vector1, secret}, id, at, body)
		require.NoError(t, err)
		reference, err := standardwebhooks.NewWebhook(secret)
		require.NoError(t, err)
		require.NoError(t, reference.VerifyIgnoringTimestamp(body, http.Header{
			"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {signature},
		}))
	}
}
