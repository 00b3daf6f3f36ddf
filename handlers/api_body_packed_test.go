package handlers

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

// postBody posts to the events of the test's bot with whatever headers.
func (ta *apiTest) postBody(body, contentType, encoding string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", testHost+ta.at("/events"), strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+ta.key)
	r.Header.Set("Content-Type", contentType)
	if encoding != "" {
		r.Header.Set("Content-Encoding", encoding)
	}
	return ta.do(r)
}

func TestABodyMayBePacked(t *testing.T) {
	ta := newAPITest(t)
	const lead = `{"event_name":"Lead"}`
	packed := gzipped(t, lead)
	spaces := func(n int) string { return lead + strings.Repeat(" ", n-len(lead)) }
	for name, c := range map[string]struct {
		body, encoding string
		want           int
		detail         string
	}{
		"gzip":                       {packed, "gzip", 202, ""},
		"by its old name":            {packed, "x-gzip", 202, ""},
		"in capitals":                {packed, " GZIP ", 202, ""},
		"identity":                   {lead, "identity", 202, ""},
		"two members":                {gzipped(t, lead[:5]) + gzipped(t, lead[5:]), "gzip", 202, ""},
		"with a byte order mark":     {gzipped(t, byteOrderMark+lead), "gzip", 202, ""},
		"a mebibyte":                 {gzipped(t, spaces(maxBody)), "gzip", 202, ""},
		"a byte more":                {gzipped(t, spaces(maxBody+1)), "gzip", 413, ""},
		"nothing in it":              {gzipped(t, ""), "gzip", 400, "not JSON"},
		"no gzip at all":             {lead, "gzip", 400, "not gzip"},
		"an empty body":              {"", "gzip", 400, "not gzip"},
		"cut off":                    {packed[:len(packed)-6], "gzip", 400, "not whole"},
		"damaged":                    {packed[:12] + "\x00\x00" + packed[14:], "gzip", 400, "not whole"},
		"something behind it":        {packed + "tail", "gzip", 400, "not whole"},
		"packed without saying so":   {packed, "", 400, "Content-Encoding: gzip"},
		"deflate":                    {lead, "deflate", 415, "gzip"},
		"br":                         {lead, "br", 415, "gzip"},
		"packed twice":               {gzipped(t, packed), "gzip, gzip", 415, "gzip"},
		"packed twice and told once": {gzipped(t, packed), "gzip", 400, "Content-Encoding: gzip"},
	} {
		res := ta.postBody(c.body, "application/json", c.encoding)
		require.Equal(t, c.want, res.Code, "%s: %s", name, res.Body)
		require.Contains(t, res.Body.String(), c.detail, name)
	}
}

// bomb packs zeros. One mebibyte of them is compressed, and stands there again and again: under the race detector all would
// take more than a minute.
func bomb(t *testing.T, mebibytes int) string {
	t.Helper()
	zeros := make([]byte, 1<<20)
	var block bytes.Buffer
	w, err := flate.NewWriter(&block, flate.BestCompression)
	require.NoError(t, err)
	_, err = w.Write(zeros)
	require.NoError(t, err)
	require.NoError(t, w.Flush())
	sum := uint32(0)
	for range mebibytes {
		sum = crc32.Update(sum, crc32.IEEETable, zeros)
	}
	packed := slices.Concat([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), bytes.Repeat(block.Bytes(), mebibytes), []byte("\x01\x00\x00\xff\xff"))
	packed = binary.LittleEndian.AppendUint32(packed, sum)
	return string(binary.LittleEndian.AppendUint32(packed, uint32(mebibytes<<20)))
}

func TestABombIsAWholeFile(t *testing.T) {
	r, err := gzip.NewReader(strings.NewReader(bomb(t, 3)))
	require.NoError(t, err)
	all, err := io.ReadAll(r)
	require.NoError(t, err)
	require.True(t, bytes.Equal(make([]byte, 3<<20), all))
}

// TestABombCostsNoMoreThanItsBound: half a gigabyte of zeros in half a megabyte.
func TestABombCostsNoMoreThanItsBound(t *testing.T) {
	ta := newAPITest(t)
	zeros := bomb(t, 512)
	require.Less(t, len(zeros), maxBody)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.Equal(t, 413, ta.postBody(zeros, "application/json", "gzip").Code)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20))
}

func TestUTF8IsTakenByAnyName(t *testing.T) {
	ta := newAPITest(t)
	const lead = `{"event_name":"Lead"}`
	for contentType, want := range map[string]int{
		"application/json": 202, "Application/JSON": 202, "application/json;": 202, "application/json; charset=": 202,
		"application/json; charset=utf-8": 202, "application/json; charset=utf8": 202, "application/json;charset=UTF8": 202,
		`application/json; charset="utf-8"`: 202, "application/json; charset='utf-8'": 202, "application/json; charset=UTF_8": 202,
		"application/json; charset = utf-8": 202, "application/json; charset=us-ascii": 202, "application/json; charset=utf-8; charset=utf-8": 202,
		"application/ld+json; profile=\"x\"; charset=utf8": 202, "application/json; boundary=x": 202, "application/json; charset=utf-8;": 202,
		"application/json; charset=cp65001": 202, "application/json; charset=utf-8-sig": 202, "application/json; charset=x-unicode20utf8": 202,
		"application/json; charset=iso-8859-1": 415, "application/json; charset=utf-16": 415, "application/json; charset=windows-1252": 415,
		"application/json; charset=utf-7": 415, "text/json": 415, "application/jsonp": 415, "multipart/form-data": 415, "application/x+json2": 415,
	} {
		res := ta.postBody(lead, contentType, "")
		require.Equal(t, want, res.Code, "%s: %s", contentType, res.Body)
	}
	require.Contains(t, ta.postBody(lead, "application/json; charset=ISO-8859-1", "").Body.String(), `names the charset \"iso-8859-1\"`)
}

func TestAByteOrderMarkIsNotAPartOfTheDocument(t *testing.T) {
	ta := newAPITest(t)
	const lead = `{"event_name":"Lead"}`
	require.Equal(t, 202, ta.postBody(byteOrderMark+lead, "application/json", "").Code)
	require.Equal(t, 202, ta.postBody(byteOrderMark+" ["+lead+"]\n", "application/json", "").Code)
	require.Equal(t, 400, ta.postBody(byteOrderMark+byteOrderMark+lead, "application/json", "").Code)
	require.Equal(t, 400, ta.postBody(byteOrderMark, "application/json", "").Code)
	for _, body := range []string{"\xff\xfe{\x00", "\xfe\xff\x00{", "{\x00\"\x00", "\x00{\x00\""} {
		res := ta.postBody(body, "application/json", "")
		require.Equal(t, 400, res.Code)
		require.Contains(t, res.Body.String(), "UTF-16")
	}
	ta.call("PUT", ta.at("/webhook"), byteOrderMark+`{"enabled":false,"url":null}`, 200)
}
