// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"strings"
	"time"
)

// wwwSite is a small shop, which asks what is in stock. instrumented turns its requests
// into spans.
func wwwSite(asks stock) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", page("Example Shop", 12*time.Millisecond))
	mux.Handle("GET /pricing", page("Pricing", 18*time.Millisecond))
	mux.Handle("GET "+productPath+"{id}", asks.before(page("Product", 28*time.Millisecond)))
	mux.Handle("GET /docs/{page...}", page("Documentation", 9*time.Millisecond))
	mux.Handle("GET /account", page("Your account", 21*time.Millisecond))
	mux.Handle("POST /api/contact", answer(http.StatusAccepted, "application/json", `{"thanks":true}`, 44*time.Millisecond))
	mux.Handle("GET /llms.txt", answer(http.StatusOK, "text/plain", "# Example Shop\n\n- [Pricing](/pricing)\n- [Documentation](/docs/getting-started)\n", 0))
	mux.Handle("GET /sitemap.xml", answer(http.StatusOK, "application/xml", sitemap, 3*time.Millisecond))
	mux.Handle("GET /old-pricing", http.RedirectHandler("/pricing", http.StatusMovedPermanently))
	mux.Handle("GET /broken", answer(http.StatusInternalServerError, "text/plain", "sorry\n", 61*time.Millisecond))
	addCommonPaths(mux)
	return mux
}

// productPath begins the paths of pages for which the shop asks the stock.
const productPath = "/products/"

// blogSite is a blog. accessLog.wrap turns its requests into log lines.
func blogSite() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", page("Example Blog", 8*time.Millisecond))
	for _, slug := range []string{"what-is-a-visit", "reading-server-logs", "agents-that-shop"} {
		mux.Handle("GET /posts/"+slug, page(strings.ReplaceAll(slug, "-", " "), 14*time.Millisecond))
	}
	mux.Handle("GET /feed.xml", answer(http.StatusOK, "application/rss+xml", `<rss version="2.0"/>`, 5*time.Millisecond))
	addCommonPaths(mux)
	return mux
}

const sitemap = `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://www.example.com/pricing</loc></url></urlset>`

// addCommonPaths adds what both sites have besides their pages.
func addCommonPaths(mux *http.ServeMux) {
	mux.Handle("GET /robots.txt", answer(http.StatusOK, "text/plain", "User-agent: *\nAllow: /\n", 0))
	mux.Handle("GET /healthz", answer(http.StatusOK, "text/plain", "ok\n", 0))
	mux.Handle("GET /style.css", answer(http.StatusOK, "text/css", "body { font-family: sans-serif; max-width: 40em; margin: 3em auto }\n", 0))
	mux.HandleFunc("GET /logo.png", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		logo := image.NewPaletted(image.Rect(0, 0, 32, 32), color.Palette{color.RGBA{R: 0x20, G: 0x60, B: 0xa0, A: 0xff}})
		_ = png.Encode(w, logo) // the visitor may have left
	})
}

// page serves an HTML page after a delay.
func page(title string, delay time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wait(r.Context(), delay)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>%[1]s</title><link rel="stylesheet" href="/style.css"></head>
<body><img src="/logo.png" alt=""><h1>%[1]s</h1><p>You asked for %[2]s.</p></body></html>
`, html.EscapeString(title), html.EscapeString(r.URL.Path))
	})
}

// answer serves a fixed text after a delay.
func answer(status int, contentType, text string, delay time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wait(r.Context(), delay)
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	})
}

// wait makes the durations of the visits look like those of a real site.
func wait(ctx context.Context, delay time.Duration) {
	if delay == 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
