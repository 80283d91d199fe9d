// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"slices"
)

// maxColours is how many colours a small PNG has.
const maxColours = 256

// WritePNG writes a picture with its most frequent colours alone, which makes a page's
// picture a third as large and looks the same.
func WritePNG(name string, shot []byte) error {
	whole, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return err
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	small := image.NewPaletted(whole.Bounds(), frequentColours(whole))
	draw.Draw(small, small.Rect, whole, small.Rect.Min, draw.Src)
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	fmt.Println(name)
	return errors.Join(encoder.Encode(file, small), file.Close())
}

func frequentColours(picture image.Image) color.Palette {
	counts := map[color.Color]int{}
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			counts[picture.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(counts), func(a, b color.Color) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(luminance(a), luminance(b)))
	})
	return colours[:min(len(colours), maxColours)]
}

func luminance(c color.Color) uint32 {
	r, g, b, _ := c.RGBA()
	return 299*r + 587*g + 114*b
}
