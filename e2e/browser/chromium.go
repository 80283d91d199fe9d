// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// ErrNoChromium says that no browser is installed.
var ErrNoChromium = errors.New("no Chromium is installed; on Debian: apt-get install chromium")

// Open starts a Chromium that has one empty page. Contexts made of the one that it
// returns with chromedp.NewContext are further pages. Cancel ends it.
func Open(ctx context.Context) (page context.Context, cancel func(), err error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err = exec.LookPath(name); err == nil {
			break
		}
	}
	if path == "" {
		return nil, nil, ErrNoChromium
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.Flag("force-color-profile", "srgb"))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to run as root otherwise
	}
	allocator, cancelAllocator := chromedp.NewExecAllocator(ctx, options...)
	page, cancelPage := chromedp.NewContext(allocator)
	cancel = func() { cancelPage(); cancelAllocator() }
	if err := chromedp.Do(page); err != nil {
		cancel()
		return nil, nil, err
	}
	return page, cancel, nil
}

// Phone and Desktop are sizes of a page.
var (
	Phone   = chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch)
	Desktop = chromedp.EmulateViewport(1280, 900)
)

// Scheme chooses the colours: light or dark.
func Scheme(name string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return chromedp.Void{}, err
	}
}

// Evaluate gives the value of an expression.
func Evaluate[T any](page context.Context, expression string) (T, error) {
	return chromedp.Run(page, chromedp.Evaluate[T](expression))
}

// pollInterval is how often Await looks.
const pollInterval = 20 * time.Millisecond

// Await returns when a condition holds. Its error says what the page shows instead.
func Await(page context.Context, condition string) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		if holds, err := Evaluate[bool](page, "Boolean("+condition+")"); err != nil || holds {
			return err
		}
		select {
		case <-tick.C:
		case <-page.Done():
			return fmt.Errorf("waiting for %s: %w", condition, page.Err())
		}
	}
}

// Show opens an address and returns when the page shows what there is.
func Show(page context.Context, url string) error {
	if err := chromedp.Do(page, chromedp.Navigate(url)); err != nil {
		return err
	}
	return Await(page, "document.querySelector('#state.live') && document.querySelector('#board:not([hidden]), #setup:not([hidden])')")
}
