// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

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
	"unicode"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// maxAnswerBytes is the most that is read of an answer. An answer is read so that
// its connection can be used again.
const maxAnswerBytes = 64 << 10

// client makes HTTP requests to one destination.
type client struct {
	http        *http.Client
	endpoint    string
	url         string
	shown       string // what messages show of url
	userAgent   string
	destination *destination.Destination
}

// newClient makes a client that never follows a redirect. A redirected POST may
// arrive as a GET without a body, or take its key to another host.
func newClient(h *http.Client, endpoint, userAgent string, d *destination.Destination) *client {
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if endpoint == "" {
		endpoint = d.Endpoint
	}
	return (&client{http: h, endpoint: endpoint, userAgent: userAgent}).of(d)
}

// of makes a client that shares connections and endpoint, for another site.
func (c *client) of(d *destination.Destination) *client {
	return &client{
		http: c.http, endpoint: c.endpoint, url: strings.TrimSuffix(c.endpoint, "/") + d.Path, shown: shownURL(c.endpoint, d),
		userAgent: c.userAgent, destination: d,
	}
}

// shownURL is the URL without a path of the user's own, which may hold a secret.
func shownURL(endpoint string, d *destination.Destination) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "..." + d.Path
	}
	shown := u.Scheme + "://" + u.Host
	if strings.Trim(u.Path, "/") != "" {
		shown += "/..."
	}
	return shown + d.Path
}

// answer is what came back for a body.
type answer struct {
	status     int           // 0 if no answer came
	retryAfter time.Duration // 0 if the API does not say
	fields     []string      // names of a visit's fields in the text of a rejection
	isWebPage  bool          // the text is HTML
	namesError bool          // the text is JSON and names an error
	took       time.Duration
	err        error // why no answer came
}

// post sends one body and reads the answer. After it has returned, nothing reads the
// batch's memory.
func (c *client) post(ctx context.Context, b *queue.Batch) answer {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, http.NoBody)
	if err != nil {
		return answer{err: errNoURL}
	}
	readers := &bodyReaders{}
	defer readers.end()
	request.GetBody = func() (io.ReadCloser, error) { return newRequestBody(b, readers), nil }
	request.Body, _ = request.GetBody()
	request.ContentLength = int64(b.BytesSize())
	request.Header.Set("Content-Type", c.destination.ContentType)
	request.Header.Set("User-Agent", c.userAgent)
	if c.destination.Authorize != nil {
		c.destination.Authorize(request.Header)
	}
	begun := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		c.http.CloseIdleConnections() // the next request does not use one that may be dead
		return answer{err: cmp.Or[error](context.Cause(ctx), unquoted{withoutURL(err)}), took: time.Since(begun)}
	}
	defer response.Body.Close()
	text := textOf(response)
	return answer{
		status:     response.StatusCode,
		retryAfter: retryAfter(response.Header.Get("Retry-After"), sentAt(response.Header)),
		fields:     c.fieldsIn(response.StatusCode, text),
		isWebPage:  isWebPage(response.Header.Get("Content-Type"), text),
		namesError: namesError(text),
		took:       time.Since(begun),
	}
}

// textOf reads the text of an answer. After 101 Switching Protocols there is none: the
// body is the connection itself, which no timeout ends.
func textOf(response *http.Response) []byte {
	if response.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	return text
}

// isTimeout reports whether no answer came in time.
func (a answer) isTimeout() bool {
	var timeout interface{ Timeout() bool }
	return errors.As(a.err, &timeout) && timeout.Timeout()
}

// isSilence reports whether no answer came for long.
func (a answer) isSilence() bool { return a.isTimeout() || errors.Is(a.err, errSilence) }

// fieldsIn returns the names of a visit's fields that are whole words of the text of
// a rejection. Nothing else of the text is used, because it may quote the visit.
func (c *client) fieldsIn(status int, text []byte) []string {
	if status/100 != 4 {
		return nil
	}
	words := make(map[string]bool)
	for _, word := range bytes.FieldsFunc(text, separatesWords) {
		words[string(word)] = true
	}
	var names []string
	for _, name := range c.destination.Fields {
		if words[name] {
			names = append(names, name)
		}
	}
	return names
}

// separatesWords reports whether a character cannot be part of a field's name.
func separatesWords(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// errNoURL shows nothing of an endpoint that nobody has validated.
var errNoURL = errors.New("`endpoint` is no URL")

// MaxRetryAfter is the longest pause that an API can ask for.
const MaxRetryAfter = 15 * time.Minute

// retryAfter reads a Retry-After header: whole seconds or an HTTP date (RFC 9110,
// section 10.2.3). What is neither, and a date in the past, is 0.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if ascii.IsDigits(value) {
		seconds, err := time.ParseDuration(value + "s")
		if err != nil { // more than a Duration can hold
			return MaxRetryAfter
		}
		return min(seconds, MaxRetryAfter)
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(date.Sub(now), 0), MaxRetryAfter)
}

// sentAt returns when an answer was sent, by the clock of whoever sent it: a date in
// Retry-After is of the same clock. It is our own time if the answer has no date.
func sentAt(answer http.Header) time.Time {
	if date, err := http.ParseTime(answer.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}

// describe tells people about a failed request: where it went, the answer and what to do.
// It holds nothing of the body, the answer's text and the secret.
func (c *client) describe(a answer) error {
	remedy := strings.ReplaceAll(a.rule().remedy, secretKeyMark, c.destination.SecretKey)
	return c.describeWith(a, remedy)
}

// describeAlone tells people about a visit that fails although others are accepted.
func (c *client) describeAlone(a answer) error {
	return c.describeWith(a, "the API takes other visits, but this one not even alone; perhaps something before the API, such as a firewall, objects to it")
}

func (c *client) describeWith(a answer, remedy string) error {
	if a.err != nil {
		return fmt.Errorf("POST %s: %w", c.shown, a.err)
	}
	return fmt.Errorf("POST %s answered %d %s: %s", c.shown, a.status, http.StatusText(a.status), remedy)
}
