// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxAnswerBytes bounds what is read of an answer. Reading it lets the
// connection be used again.
const maxAnswerBytes = 64 << 10

// client makes HTTP requests to one destination.
type client struct {
	http        *http.Client
	url         string
	userAgent   string
	destination *destination
}

// newClient makes a client that never follows a redirect: a redirected POST
// may arrive as a GET without a body, or take its key to another host.
func newClient(h *http.Client, endpoint, userAgent string, d *destination) *client {
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if endpoint == "" {
		endpoint = d.endpoint
	}
	return &client{http: h, url: strings.TrimSuffix(endpoint, "/") + d.path, userAgent: userAgent, destination: d}
}

// answer is what came back for a body.
type answer struct {
	status     int           // 0 if no answer came
	retryAfter time.Duration // 0 if the API does not say
	fields     []string      // names of a visit's fields that the answer's text mentions
	took       time.Duration
	err        error // why no answer came
}

// post sends one body and reads the answer. When it returns, nobody reads the
// batch's memory any more.
func (c *client) post(ctx context.Context, b *batch) answer {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, http.NoBody)
	if err != nil {
		return answer{err: err}
	}
	readers := &lease{}
	defer readers.end()
	request.GetBody = func() (io.ReadCloser, error) { return b.body(readers), nil }
	request.Body, _ = request.GetBody()
	request.ContentLength = int64(b.BytesSize())
	request.Header.Set("Content-Type", c.destination.contentType)
	request.Header.Set("User-Agent", c.userAgent)
	if c.destination.authorize != nil {
		c.destination.authorize(request.Header)
	}
	begun := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		return answer{err: cmp.Or(context.Cause(ctx), withoutURL(err)), took: time.Since(begun)}
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	return answer{
		status:     response.StatusCode,
		retryAfter: retryAfter(response.Header.Get("Retry-After"), time.Now()),
		fields:     c.fieldsIn(response.StatusCode, text),
		took:       time.Since(begun),
	}
}

// fieldsIn names the fields of a visit that the text of a rejection mentions.
// Nothing else of the text is used: it may quote the visit.
func (c *client) fieldsIn(status int, text []byte) []string {
	var names []string
	for _, name := range c.destination.fields {
		if status/100 == 4 && bytes.Contains(text, []byte(name)) {
			names = append(names, name)
		}
	}
	return names
}

// withoutURL takes the URL out of an error: messages name the endpoint where
// it helps.
func withoutURL(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// maxRetryAfter bounds how long an API can make us wait at a time.
const maxRetryAfter = 15 * time.Minute

// retryAfter reads a Retry-After header: whole seconds or an HTTP date (RFC
// 9110, section 10.2.3). What is neither, or past, is no delay.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if isDigits(value) {
		if len(value) > 6 {
			return maxRetryAfter
		}
		seconds, _ := time.ParseDuration(value + "s")
		return min(seconds, maxRetryAfter)
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(date.Sub(now), 0), maxRetryAfter)
}

// verdict is what an answer means for the visits of a body.
type verdict uint8

const (
	delivered     verdict = iota
	unavailable           // try again with backoff
	throttled             // try again when the API says
	misconfigured         // try again slowly: somebody must change something
	rejected              // the API does not take one or more of these visits
	tooLarge              // the API does not take so many bytes
	refused               // the API takes none of this, now or later
)

// verdict is the one place that decides what an answer means.
func (a answer) verdict() verdict {
	switch a.status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return rejected
	case http.StatusRequestEntityTooLarge:
		return tooLarge
	case http.StatusTooManyRequests:
		return throttled
	case http.StatusServiceUnavailable:
		if a.retryAfter > 0 {
			return throttled
		}
		return unavailable
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound,
		http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusUnsupportedMediaType:
		return misconfigured
	case 0, http.StatusRequestTimeout, http.StatusTooEarly:
		return unavailable
	}
	switch a.status / 100 {
	case 2:
		return delivered
	case 3:
		return misconfigured
	case 4:
		return refused
	}
	return unavailable
}

// fault describes a failed request to people: the endpoint, the answer and
// what to do. It holds nothing of the body, of the answer's text or of the
// secret.
func (c *client) fault(a answer) error {
	if a.err != nil {
		return fmt.Errorf("POST %s: %w", c.url, a.err)
	}
	return fmt.Errorf("POST %s answered %d %s: %s", c.url, a.status, http.StatusText(a.status), c.remedy(a.status))
}

func (c *client) remedy(status int) string {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return "the API refuses the key; check `" + c.destination.secretKey + "`"
	case status == http.StatusPaymentRequired:
		return "the API wants the account to be paid for or upgraded"
	case status == http.StatusNotFound:
		return "the API does not know this path; check `endpoint` and, for Scrunch, `scrunch::site_id`"
	case status == http.StatusUnsupportedMediaType:
		return "the API does not read this body; if `compression` is set, remove it"
	case status/100 == 3:
		return "redirects are not followed; set `endpoint` to the API's own address"
	case status == http.StatusTooManyRequests:
		return "the API asks to send less"
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return "the API is unavailable"
	}
	return "the API does not take these visits"
}
