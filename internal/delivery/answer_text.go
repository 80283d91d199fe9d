// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bytes"
	"encoding/json"
	"mime"
)

// isWebPage reports whether an answer is HTML. Neither API answers with HTML, but
// portals, proxies and web servers at a wrong address do. The type alone does not say
// so: frameworks set it for answers that are empty or one word.
func isWebPage(contentType string, text []byte) bool {
	start := bytes.ToLower(text[:min(len(text), 512)])
	start = bytes.TrimLeft(start, "\ufeff \t\r\n")
	if media, _, _ := mime.ParseMediaType(contentType); media == "text/html" || media == "application/xhtml+xml" {
		return bytes.HasPrefix(start, []byte("<"))
	}
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// namesError reports whether an answer is a JSON object that says that something went
// wrong. Neither vendor documents such a text.
func namesError(text []byte) bool {
	var object map[string]any
	if len(text) == 0 || json.Unmarshal(text, &object) != nil {
		return false
	}
	for _, key := range []string{"error", "errors", "rejected", "failed"} {
		if !isNothing(object[key]) {
			return true
		}
	}
	for _, key := range []string{"success", "ok"} {
		if object[key] == false {
			return true
		}
	}
	return object["status"] == "error" || object["status"] == "failed"
}

// isNothing reports whether a JSON value says that there is nothing.
func isNothing(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case bool:
		return !v
	case float64:
		return v == 0
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
