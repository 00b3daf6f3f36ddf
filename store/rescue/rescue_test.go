package rescue

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func poisoned() error {
	var typedNil *Panic
	return errors.New(string(typedNil.Stack))
}

func TestAPanicIsTheErrorOfWhatPanicked(t *testing.T) {
	err := Call(poisoned)
	var p *Panic
	require.ErrorAs(t, err, &p)
	require.Contains(t, err.Error(), "nil pointer")
	require.Contains(t, err.Error(), "rescue.poisoned", "the log needs the whole stack")
}

func TestWhatDoesNotPanicIsLeftAlone(t *testing.T) {
	require.NoError(t, Call(func() error { return nil }))
	require.Equal(t, io.EOF, Call(func() error { return io.EOF }))
}

func TestAnyValueMayBePanickedWith(t *testing.T) {
	for _, value := range []any{"text", 7, io.EOF, struct{}{}, []byte{1}, new(int)} {
		var p *Panic
		require.ErrorAs(t, Call(func() error { panic(value) }), &p)
		require.Equal(t, value, p.Value)
		require.Contains(t, p.Error(), "panic: ")
	}
}
