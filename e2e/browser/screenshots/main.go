// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command screenshots makes the pictures of the preview's page that the documents show.
// `make screenshots` runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/agentvisits/agentvisitsexporter/e2e/browser"
)

func main() {
	preview := flag.String("preview", "", "`path` of the preview program")
	into := flag.String("into", ".", "`folder` for the pictures")
	all := flag.Bool("all", false, "also those that no document shows, to look at the design")
	flag.Parse()
	if err := run(*preview, *into, *all); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

// picture is one picture of the page.
type picture struct {
	name     string
	query    string
	size     chromedp.Action[chromedp.Void]
	scheme   string
	whole    bool // the whole page, not only what fits the window
	then     string
	document bool // a document shows it
}

var pictures = []picture{
	{name: "preview", size: chromedp.EmulateViewport(1280, 1130), scheme: "light", document: true},
	{name: "preview-dark", size: browser.Desktop, scheme: "dark"},
	{name: "preview-whole", size: browser.Desktop, scheme: "light", whole: true, then: `document.querySelector('#rows .pick').click()`},
	{name: "preview-whole-dark", size: browser.Desktop, scheme: "dark", whole: true},
	{name: "preview-phone", size: browser.Phone, scheme: "dark", query: "?agent=ChatGPT-User", document: true},
	{name: "preview-phone-whole", size: browser.Phone, scheme: "light", whole: true, then: `document.querySelector('#rows .pick').click()`},
	{name: "preview-phone-visits", size: browser.Phone, scheme: "light", then: `document.querySelector('#rows .pick').click(); document.getElementById('visits-card').scrollIntoView()`},
	{name: "preview-chatgpt", size: browser.Desktop, scheme: "light", whole: true, query: "?agent=ChatGPT-User"},
	{name: "preview-nothing", size: browser.Desktop, scheme: "light", whole: true, query: "?agent=Bytespider"},
}

// sunday ends the week that the pictures show, so that they change only with the page.
var sunday = time.Date(2026, time.May, 10, 22, 0, 0, 0, time.UTC)

const limit = time.Minute

func run(preview, into string, all bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	folder, err := os.MkdirTemp("", "screenshots-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	p, err := browser.StartPreview(ctx, preview, "127.0.0.1:0", folder)
	if err != nil {
		return err
	}
	defer func() { _ = p.Stop(context.WithoutCancel(ctx)) }()
	page, end, err := browser.Open(ctx)
	if err != nil {
		return err
	}
	defer end()
	if all {
		if err := take(page, p.URL, into, picture{name: "preview-empty", size: browser.Desktop, scheme: "light"}); err != nil {
			return err
		}
	}
	week := browser.Week(2400, sunday)
	if err := p.SendKnownAgents(ctx, week); err != nil {
		return err
	}
	if err := p.SendScrunch(ctx, week[:len(week)-3]); err != nil {
		return err
	}
	for _, pic := range pictures {
		if all || pic.document {
			if err := take(page, p.URL, into, pic); err != nil {
				return err
			}
		}
	}
	return nil
}

func take(page context.Context, url, into string, pic picture) error {
	capture := chromedp.CaptureScreenshot()
	if pic.whole {
		capture = chromedp.FullScreenshot(100)
	}
	err := errors.Join(chromedp.Do(page, pic.size, browser.Scheme(pic.scheme)), browser.Show(page, url+"/"+pic.query))
	if err == nil && pic.then != "" {
		_, err = browser.Evaluate[bool](page, pic.then+";true")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", pic.name, err)
	}
	shot, err := chromedp.Run(page, capture)
	if err != nil {
		return fmt.Errorf("%s: %w", pic.name, err)
	}
	return browser.WritePNG(filepath.Join(into, pic.name+".png"), shot)
}
