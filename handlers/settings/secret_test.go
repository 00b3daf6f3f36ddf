package settings

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASecretComesFromItsVariableOrAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("smtps://u:p@mail.example\r\n"), 0o600))
	secret, err := Secret("IOZEN_SMTP_URL", file)
	require.NoError(t, err)
	require.Equal(t, "smtps://u:p@mail.example", secret)

	for name, path := range map[string]string{"a device": "/dev/zero", "nothing": file + ".none", "a folder": filepath.Dir(file)} {
		_, err := Secret("IOZEN_SMTP_URL", path)
		require.ErrorContains(t, err, "IOZEN_SMTP_URL_FILE", name)
	}
	t.Setenv("IOZEN_SMTP_URL", "smtps://u:pw123@mail.example")
	secret, err = Secret("IOZEN_SMTP_URL", "")
	require.NoError(t, err)
	require.Equal(t, "smtps://u:pw123@mail.example", secret)
	_, err = Secret("IOZEN_SMTP_URL", file)
	require.ErrorContains(t, err, "Set one of them")
	require.NotContains(t, err.Error(), "pw123")
}

func TestSecretsAreACommaSeparatedList(t *testing.T) {
	for text, want := range map[string][]string{"": nil, " , ": nil, "whsec_a": {"whsec_a"}, "whsec_a, whsec_b,": {"whsec_a", "whsec_b"}} {
		t.Setenv("IOZEN_RECEIVE_SECRET", text)
		secrets, err := Secrets("IOZEN_RECEIVE_SECRET", "")
		require.NoError(t, err)
		require.Equal(t, want, secrets, "%q", text)
	}
	_, err := Secrets("IOZEN_RECEIVE_SECRET", t.TempDir())
	require.Error(t, err)
}
