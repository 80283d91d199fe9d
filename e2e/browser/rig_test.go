// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testLimit bounds each test. On two idle cores the longest takes seconds.
const testLimit = 2 * time.Minute

// previewBinary is cmd/preview, and chromium a browser that all tests share; nil if none is
// installed.
var (
	previewBinary string
	chromium      context.Context
)

func TestMain(m *testing.M) {
	code, err := runWithChromium(m)
	if errors.Is(err, ErrNoChromium) {
		code = m.Run() // each test is skipped
	} else if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runWithChromium(m *testing.M) (int, error) {
	page, end, err := Open(context.Background())
	if err != nil {
		return 0, err
	}
	defer end()
	chromium = page //nolint:fatcontext // all tests share the browser
	folder, err := os.MkdirTemp("", "preview-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	previewBinary = filepath.Join(folder, "preview")
	build := exec.Command("go", "build", "-o", previewBinary, "./cmd/preview") //nolint:noctx // it ends by itself
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build the preview: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// rig is a preview, and a page of it in a tab of its own.
type rig struct {
	t       *testing.T
	ctx     context.Context // of the test
	page    context.Context
	preview *Preview
}

func newRig(t *testing.T, size chromedp.Action[chromedp.Void]) *rig {
	t.Helper()
	if chromium == nil {
		t.Skip(ErrNoChromium)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testLimit)
	t.Cleanup(cancel)
	r := &rig{t: t, ctx: ctx}
	r.start("127.0.0.1:0")
	r.page = r.tab()
	require.NoError(t, chromedp.Do(r.page, size, Scheme("light")))
	return r
}

// start starts a preview, which ends after the test.
func (r *rig) start(address string) {
	r.t.Helper()
	p, err := StartPreview(r.ctx, previewBinary, address, r.t.TempDir())
	require.NoError(r.t, err)
	r.preview = p
	r.t.Cleanup(func() { assert.NoError(r.t, p.Stop(context.Background())) })
}

// tab opens a tab, which the end of the test closes.
func (r *rig) tab() context.Context {
	r.t.Helper()
	page, closeTab := chromedp.NewContext(chromium)
	r.t.Cleanup(closeTab)
	limited, cancel := context.WithTimeout(page, testLimit)
	r.t.Cleanup(cancel)
	require.NoError(r.t, chromedp.Do(limited))
	return limited
}

// show opens the page with a query, which may be empty.
func (r *rig) show(query string) {
	r.t.Helper()
	require.NoError(r.t, Show(r.page, r.preview.URL+"/"+query))
}

// send delivers visits to both APIs.
func (r *rig) send(visits ...Visit) {
	r.t.Helper()
	require.NoError(r.t, r.preview.SendKnownAgents(r.ctx, visits))
	require.NoError(r.t, r.preview.SendScrunch(r.ctx, visits))
}

// await waits until a condition holds on the page.
func (r *rig) await(condition string) {
	r.t.Helper()
	require.NoError(r.t, Await(r.page, condition), "%s", text(r.page))
}

// do runs a statement on the page.
func (r *rig) do(statement string) {
	r.t.Helper()
	_, err := Evaluate[bool](r.page, statement+"; true")
	require.NoError(r.t, err)
}

// value is what an expression gives on the page.
func value[T any](r *rig, expression string) T {
	r.t.Helper()
	v, err := Evaluate[T](r.page, expression)
	require.NoError(r.t, err)
	return v
}

// text is what the page shows.
func text(page context.Context) string {
	shown, err := Evaluate[string](page, "document.body.innerText")
	if err != nil {
		return err.Error()
	}
	return shown
}
