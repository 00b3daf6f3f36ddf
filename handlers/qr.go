package handlers

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// qrPath draws a QR code as the path of an SVG: a square of one unit for each dark module. size is its width.
func qrPath(content string) (path string, size int, err error) {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return "", 0, fmt.Errorf("draw QR code: %w", err)
	}
	var b strings.Builder
	size = code.Bounds().Dx()
	for y := range size {
		for x := range size {
			if red, _, _, _ := code.At(x, y).RGBA(); red == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return b.String(), size, nil
}
