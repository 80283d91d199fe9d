// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// form is what the text of a column looks like. It shows whether a column is the one
// that it is taken for.
type form uint8

// The forms. All but those of times, methods and statuses include the mark of absence.
const (
	formAny form = iota
	formDay
	formClock
	formMethod
	formPath
	formURI
	formAddress
	formStatus
	formNumber
	formDecimal
	formProtocol
)

// columnForms are the forms of the W3C columns that have one.
var columnForms = map[string]form{
	"date": formDay, "date-local": formDay, "time": formClock, "time-local": formClock,
	"cs-method": formMethod, "cs-uri-stem": formPath, "cs-uri": formURI, "cs-version": formProtocol, "cs-protocol-version": formProtocol,
	"c-ip": formAddress, "s-ip": formAddress, "c-port": formNumber, "s-port": formNumber,
	"sc-status": formStatus, "sc-win32-status": formNumber, "sc-bytes": formNumber, "cs-bytes": formNumber,
	"timestamp(ms)": formNumber,
}

// fits reports whether a text has the form.
func (f form) fits(text string) bool {
	if text == "-" || text == "" {
		return f != formDay && f != formClock && f != formMethod && f != formStatus
	}
	switch f {
	case formDay:
		return isDay(text)
	case formClock:
		return isClock(text)
	case formMethod:
		return isMethodWord(text)
	case formPath:
		return text[0] == '/' || text == "*" || hasScheme(text)
	case formURI:
		return text[0] == '/' || text == "*" || hasScheme(text) || strings.IndexByte(text, '/') > 0
	case formAddress:
		_, isPlain := address.PlainIPv4(text)
		return isPlain || isAddress(text)
	case formStatus:
		return len(text) == 3 && ascii.IsDigits(text)
	case formNumber:
		return ascii.IsDigits(text)
	case formDecimal:
		return isNumber(text)
	case formProtocol:
		return len(text) >= 4 && strings.EqualFold(text[:4], "HTTP")
	}
	return true
}

func isMethodWord(text string) bool {
	for i := range len(text) {
		if c := text[i] | 0x20; (c < 'a' || c > 'z') && text[i] != '-' && text[i] != '_' {
			return false
		}
	}
	return text[0] != '-'
}

func isNumber(text string) bool {
	whole, fraction, found := strings.Cut(text, ".")
	return ascii.IsDigits(whole) && (!found || ascii.IsDigits(fraction))
}

// hasScheme reports whether a text begins as a URL of the web does.
func hasScheme(text string) bool {
	return strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
}

// httpMethods are the methods that HTTP's registry names, and those of Microsoft's
// servers and of caches.
var httpMethods = ascii.WordSet(`GET HEAD POST PUT PATCH DELETE OPTIONS CONNECT TRACE QUERY PURGE TRACK DEBUG SEARCH REPORT
	PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK ACL BIND UNBIND REBIND CHECKIN CHECKOUT UNCHECKOUT MERGE UPDATE LABEL LINK UNLINK
	MKACTIVITY MKCALENDAR MKWORKSPACE MKREDIRECTREF UPDATEREDIRECTREF ORDERPATCH BASELINE-CONTROL VERSION-CONTROL PRI
	SUBSCRIBE UNSUBSCRIBE POLL NOTIFY BCOPY BMOVE BDELETE BPROPFIND BPROPPATCH X-MS-ENUMATTS RPC_IN_DATA RPC_OUT_DATA BITS_POST CCM_POST`)

// isHTTPMethod reports whether HTTP knows the method.
func isHTTPMethod(text string) bool {
	return text == "GET" || httpMethods[text]
}

// isHTTPStatus reports whether a text is a status that servers send. Any other number
// of three digits is rather a size or a time.
func isHTTPStatus(text string) bool {
	if len(text) != 3 || !ascii.IsDigits(text) {
		return false
	}
	switch n := int(text[0]-'0')*100 + int(text[1]-'0')*10 + int(text[2]-'0'); n / 100 {
	case 1:
		return n <= 103
	case 2:
		return n <= 208 || n == 226
	case 3:
		return n <= 308
	case 4:
		return n <= 431 || n == 440 || n == 449 || n == 451 || n == 499
	case 5:
		return n <= 511
	}
	return false
}
