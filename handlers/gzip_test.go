package handlers

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhoAcceptsGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"gzip": true, "gzip, deflate, br, zstd": true, "br, gzip": true, "GZIP": true, "x-gzip": true, "*": true, "br, *": true,
		"gzip;q=1": true, "gzip; q=0.5": true, "gzip;q=0.001": true, "deflate, gzip;q=1.0, *;q=0.5": true, "*;q=0, gzip": true, "gzip;Q=0.3": true,
		"": false, "identity": false, "br": false, "gzip;q=0": false, "gzip;q=0.0": false, "gzip ; q = 0": false, "*;q=0": false,
		"gzip;q=0, *": false, "gzipped": false, "not-gzip": false, "deflate;q=0.5, identity;q=1": false, "gzip;q=x": false, "gzip;q=": false, ",": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", header)
		require.Equal(t, want, acceptsGzip(r), "%q", header)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	require.False(t, acceptsGzip(r), "without the header")
	r.Header["Accept-Encoding"] = []string{"br", "gzip"}
	require.True(t, acceptsGzip(r), "in two lines")
}

func TestAnAnswerIsCompressedForWhoTakesThat(t *testing.T) {
	var g gzipper
	long := strings.Repeat("<p>A page is mostly the same again.</p>", 100)
	for range 3 { // a writer is used again
		for accept, encoded := range map[string]string{"gzip": "gzip", "": "", "br": ""} {
			for _, body := range []string{long, "short"} {
				r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
				r.Header.Set("Accept-Encoding", accept)
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				require.NoError(t, g.answer(w, r, http.StatusNotFound, []byte(body)))
				res := w.Result()
				require.Equal(t, http.StatusNotFound, res.StatusCode)
				require.Equal(t, "Accept-Encoding", res.Header.Get("Vary"))
				require.EqualValues(t, w.Body.Len(), res.ContentLength)
				var read io.Reader = res.Body
				if body == long {
					require.Equal(t, encoded, res.Header.Get("Content-Encoding"))
				} else {
					require.Empty(t, res.Header.Get("Content-Encoding"), "too short to gain anything")
				}
				if res.Header.Get("Content-Encoding") != "" {
					require.Less(t, w.Body.Len(), len(body)/4)
					var err error
					read, err = gzip.NewReader(res.Body)
					require.NoError(t, err)
				}
				got, err := io.ReadAll(read)
				require.NoError(t, err)
				require.Equal(t, body, string(got))
			}
		}
	}
}
