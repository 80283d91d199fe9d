// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ScrunchVisit is a visit in the form of the Scrunch API for the custom platform. If
// they are absent, ResponseTime is nil and IP is empty.
type ScrunchVisit struct {
	Domain       string      `json:"domain"`
	UserAgent    string      `json:"user_agent"`
	URL          string      `json:"url"`
	Path         string      `json:"path"` // without the query
	Method       string      `json:"method"`
	StatusCode   int         `json:"status_code"`
	Timestamp    json.Number `json:"timestamp"`     // Unix seconds as sent; see Time
	ResponseTime *int        `json:"response_time"` // milliseconds
	IP           string      `json:"ip"`
}

// Time is the time of the visit, in milliseconds.
func (v ScrunchVisit) Time() time.Time {
	seconds, fraction, _ := strings.Cut(v.Timestamp.String(), ".")
	s, _ := strconv.ParseInt(seconds, 10, 64)
	ms, _ := strconv.ParseInt((fraction + "000")[:3], 10, 64)
	return time.Unix(s, ms*int64(time.Millisecond)).UTC()
}

// scrunchSchema follows the vendor's endpoint reference.
var scrunchSchema = schema{
	"domain":        {required: true, check: text(notBlank, oneLine, domain)},
	"user_agent":    {required: true, check: text(notBlank, headerText)},
	"url":           {required: true, check: text(oneLine, absoluteURL)},
	"path":          {required: true, check: text(oneLine, barePath)},
	"method":        {required: true, check: text(upperToken)},
	"status_code":   {required: true, check: statusCode},
	"timestamp":     {required: true, check: unixSeconds},
	"response_time": {check: milliseconds},
	"ip":            {check: text(bareIP)},
}

var (
	// ulid is 26 characters of Crockford's base 32. The first one is at most 7, because
	// a ULID has 128 bits.
	ulid = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$`)
	// secondsForm is a decimal number with at most three decimals.
	secondsForm = regexp.MustCompile(`^[0-9]{1,19}(\.[0-9]{1,3})?$`)
)

// The valid timestamps are between these years. Others are probably milliseconds or
// nanoseconds. The vendor silently replaces such a timestamp with the time of arrival,
// so only this check finds the mistake.
const (
	year2000 = 946_684_800
	year2100 = 4_102_444_800
)

func authorizeScrunch(settings Settings, r *http.Request) (site string, err error) {
	key := credential(r.Header, "X-Api-Key")
	id := scrunchSite(r.URL.EscapedPath())
	site, isKnown := settings.Sites[Credentials{SiteID: id, APIKey: key}]
	switch {
	case !wellFormed(key):
		return "", refuse(http.StatusUnauthorized, "the header X-Api-Key must hold the API key")
	case len(settings.Sites) > 0 && !isKnown && settings.hasScrunchSite(id),
		len(settings.Sites) == 0 && settings.APIKey != "" && key != settings.APIKey:
		return "", refuse(http.StatusUnauthorized, "the API key belongs to another site")
	case !ulid.MatchString(id):
		return "", refuse(http.StatusNotFound, "the site id in the path is not a ULID")
	case len(settings.Sites) > 0 && !isKnown,
		len(settings.Sites) == 0 && settings.SiteID != "" && id != settings.SiteID:
		return "", refuse(http.StatusNotFound, "no such site")
	default:
		return site, nil
	}
}

func (s Settings) hasScrunchSite(id string) bool {
	for of := range s.Sites {
		if of.SiteID == id {
			return true
		}
	}
	return false
}

// decodeScrunch decodes NDJSON: one object per line, and a newline after each line.
func decodeScrunch(body []byte) ([]Visit, error) {
	if err := checkText(body); err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return nil, errors.New("the body holds no visit")
	}
	if body[len(body)-1] != '\n' {
		return nil, errors.New("the last line must end with a newline")
	}
	lines := bytes.Split(body[:len(body)-1], []byte{'\n'})
	visits := make([]Visit, 0, len(lines))
	for i, line := range lines {
		visit, err := decodeScrunchLine(line)
		if err != nil {
			return nil, fmt.Errorf("visit[%d]: %w", i, err)
		}
		visits = append(visits, Visit{Destination: Scrunch, Raw: slices.Clip(line), Scrunch: visit})
	}
	return visits, nil
}

func decodeScrunchLine(line []byte) (*ScrunchVisit, error) {
	if len(line) == 0 {
		return nil, errors.New("the line is blank")
	}
	if line[0] != '{' || line[len(line)-1] != '}' {
		return nil, errors.New("the line must be one JSON object and nothing else")
	}
	if !json.Valid(line) {
		return nil, errors.New("the line is not valid JSON")
	}
	fields, err := decodeObject(line)
	if err != nil {
		return nil, err
	}
	if err := scrunchSchema.check(fields); err != nil {
		return nil, err
	}
	visit := &ScrunchVisit{}
	if err := json.Unmarshal(line, visit); err != nil {
		return nil, err
	}
	return visit, checkPath(visit)
}

// domain requires a bare host: no scheme, port, path or user info.
func domain(s string) error {
	if strings.ContainsAny(s, "/@?# ") {
		return errors.New("must be a bare host name, such as example.com")
	}
	if strings.Contains(s, ":") {
		if _, err := netip.ParseAddr(s); err != nil {
			return errors.New("must not have a port")
		}
	}
	return nil
}

// absoluteURL does not use net/url, which refuses malformed escapes. Visitors send such
// escapes, and they must arrive unchanged.
func absoluteURL(s string) error {
	host, _, ok := splitURL(s)
	switch {
	case !ok:
		return errors.New("must be an absolute http or https URL")
	case strings.Contains(s, "#"):
		return errors.New("must not have a fragment")
	case strings.Contains(host, "@"):
		return errors.New("must not have user info")
	case host == "" || strings.HasPrefix(host, ":") || strings.Contains(host, " "):
		return errors.New("must have a host")
	default:
		return nil
	}
}

// splitURL returns the authority and the path of an absolute http or https URL.
func splitURL(s string) (authority, path string, ok bool) {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	rest, _, _ = strings.Cut(rest, "?")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[:i], rest[i:], ok
	}
	return rest, "/", ok
}

func barePath(s string) error {
	switch {
	case !strings.HasPrefix(s, "/"):
		return errors.New("must start with /")
	case strings.ContainsAny(s, "?#"):
		return errors.New("must not have a query or fragment")
	default:
		return nil
	}
}

// checkPath requires the path to be that of the URL. Percent-escapes may differ.
func checkPath(v *ScrunchVisit) error {
	_, path, _ := splitURL(v.URL)
	if path == v.Path {
		return nil
	}
	left, err := url.PathUnescape(path)
	if err != nil {
		return errors.New("path: must be the path of url")
	}
	if right, err := url.PathUnescape(v.Path); err != nil || left != right {
		return errors.New("path: must be the path of url")
	}
	return nil
}

func unixSeconds(value any) error {
	number, ok := value.(json.Number)
	if !ok {
		return errors.New("must be a number")
	}
	if !secondsForm.MatchString(number.String()) {
		return errors.New("must be Unix seconds with at most 3 decimals and no exponent")
	}
	whole, _, _ := strings.Cut(number.String(), ".")
	if s, err := strconv.ParseInt(whole, 10, 64); err != nil || s < year2000 || s >= year2100 {
		return errors.New("must be Unix seconds from the year 2000 to 2100 (not milliseconds or nanoseconds)")
	}
	return nil
}

// bareIP requires an IPv4 or IPv6 address without port, brackets and zone.
func bareIP(s string) error {
	if address, err := netip.ParseAddr(s); err != nil || address.Zone() != "" {
		return errors.New("must be a bare IP address")
	}
	return nil
}
