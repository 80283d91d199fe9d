// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package blocks

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

// mismatch says what is wrong with a value that does not fit, and what to write. The
// default serves as an example; it may be invalid.
func (p place) mismatch(value any, byDefault reflect.Value) string {
	if p.form == blockForm {
		return p.noBlock(value)
	}
	if p.holds(value) {
		return p.badEntry()
	}
	wanted, remedy := p.wanted(byDefault)
	if own := remedyFor(p.of.Kind(), value); own != "" && !p.takesWords() {
		remedy = own
	}
	return "is " + kindOf(value) + " and has to be " + wanted + ": " + remedy
}

// holds reports whether a value has the form of the place, so that only something in it can
// be wrong.
func (p place) holds(value any) bool {
	_, isBlock := value.(map[string]any)
	_, isList := value.([]any)
	switch p.form {
	case listForm, blocksForm:
		return isList
	case namedForm, pairsForm:
		return isBlock || isList && p.form == pairsForm
	}
	return false
}

// badEntry says what the entries of a list, or of a block with chosen keys, have to be.
func (p place) badEntry() string {
	message := "has an entry that is no text: write each number, true and false in quotation marks, and no list or block in it"
	switch {
	case p.form == blocksForm:
		_, message = p.wanted(reflect.Value{})
		message = "has an entry that is no block: " + message
	case p.form == namedForm && placeOf(p.of).form == listForm:
		message = "has an entry that is no list of texts: write one such as [first, second], with numbers in quotation marks"
	}
	return message
}

// noBlock is for a value that stands where a block has to.
func (p place) noBlock(value any) string {
	keys := p.keys()
	isOn, isSwitch := value.(bool)
	if _, canSwitch := find(keys, enabledKey); canSwitch && isSwitch {
		return fmt.Sprintf("is %t and has to be a block of keys: write `%s: %[1]t` below it, indented", isOn, enabledKey)
	}
	if text, isText := value.(string); isText {
		if before, _, hasColon := strings.Cut(text, ":"); hasColon {
			if _, known := find(keys, before); known {
				return fmt.Sprintf("has no space after the colon of `%s`: write one", before)
			}
		}
	}
	const message = "has to be a block of keys: write "
	if len(p.ownKeys()) == 0 {
		return "is " + kindOf(value) + " and " + message + "{} for it, which has no keys"
	}
	return fmt.Sprintf("is %s and %sits keys below it, indented, such as `%s: ...`", kindOf(value), message, p.ownKeys()[0].key)
}

// kindOf says what a value is, without showing it.
func kindOf(value any) string {
	switch value := value.(type) {
	case bool:
		return strconv.FormatBool(value)
	case string:
		return "a text"
	case []any:
		return "a list"
	case map[string]any:
		return "a block of keys"
	case time.Time:
		return "a date"
	}
	return "a number"
}

// wanted says what a value has to be, and what to write.
func (p place) wanted(byDefault reflect.Value) (what, remedy string) {
	if named, ok := namedTypes[p.of]; ok {
		return named[0], named[1]
	}
	switch p.form {
	case listForm:
		return "a list", "write each entry after a dash, or all in brackets such as [first, second]"
	case blocksForm:
		return "a list of blocks", "write each block after a dash, such as `- " + placeOf(p.of).keys()[0].key + ": ...`"
	case namedForm:
		return "a block of keys", "write a key and its value on each line below it, indented"
	case pairsForm:
		return "a block of names with a text each", "write a name and a text on each line below it, such as `X-Gateway: \"1\"`"
	}
	if p.takesWords() {
		return "one of a few words", "look for them in docs/options.md"
	}
	switch p.of.Kind() {
	case reflect.Bool:
		return "true or false", "write one of these, without quotation marks"
	case reflect.Float32, reflect.Float64:
		return "a number", "write one such as " + example(byDefault, "1.5") + ", without quotation marks"
	case reflect.String:
		return "a text", "write the text alone, without a list or a block around it"
	}
	return "a whole number without a unit", "write one such as " + example(byDefault, "100") + ", without quotation marks"
}

// takesWords reports whether only certain texts are values of the place.
func (p place) takesWords() bool {
	return reflect.PointerTo(p.of).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// namedTypes are types whose values are words: what they are, and what to write.
var namedTypes = map[reflect.Type][2]string{
	reflect.TypeFor[component.ID]():                    {"the name of a component", "write one such as file_storage or file_storage/visits, as it stands below extensions"},
	reflect.TypeFor[exporterhelper.RequestSizerType](): {"one of bytes, items, requests", "write one of these words"},
}

// example is a default as people write it, or another text if there is none.
func example(byDefault reflect.Value, otherwise string) string {
	if !byDefault.IsValid() || byDefault.IsZero() {
		return otherwise
	}
	return fmt.Sprint(byDefault.Interface())
}

// remedyFor says what to write for a value that people often write for a type, or "".
func remedyFor(kind reflect.Kind, value any) string {
	text, isText := value.(string)
	number, isNumber := value.(int)
	switch {
	case isText && kind == reflect.Bool && isWordFor[strings.ToLower(text)] != "":
		return "write " + isWordFor[strings.ToLower(text)] + ", without quotation marks"
	case isNumber && kind == reflect.Bool && (number == 0 || number == 1):
		return "write " + strconv.FormatBool(number == 1)
	case isText && isWhole(kind):
		if bytes, ok := bytesIn(text); ok {
			return "write " + strconv.FormatInt(bytes, 10)
		}
	case kind == reflect.String && isScalar(value):
		return "put it in quotation marks"
	case isNumber && kind == reflect.Slice:
		return "write it in brackets, such as [404]"
	}
	return ""
}

// isScalar reports whether a value is neither a list nor a block.
func isScalar(value any) bool {
	switch value.(type) {
	case []any, map[string]any:
		return false
	}
	return true
}

// isWordFor are words that people write for true and false, and YAML does not know.
var isWordFor = map[string]string{
	"yes": "true", "on": "true", "y": "true", "enabled": "true", "true": "true", "1": "true",
	"no": "false", "off": "false", "n": "false", "disabled": "false", "false": "false", "0": "false",
}

// bytesIn reads a size such as 64MiB, 500kB, 1_000 or 64.
func bytesIn(text string) (bytes int64, ok bool) {
	digits, unit := numberAndUnit(text)
	factor, known := byteUnits[strings.TrimSuffix(unit, "b")]
	amount, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !known || len(digits) > maxShownDigits {
		return 0, false
	}
	return amount * factor, true
}

var byteUnits = map[string]int64{
	"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30,
}

// maxShownDigits is fewer than any secret has.
const maxShownDigits = 7

// numberAndUnit splits a text after its digits. The unit is in lower case.
func numberAndUnit(text string) (digits, unit string) {
	text = strings.ReplaceAll(strings.TrimSpace(text), "_", "")
	rest := strings.TrimLeft(text, "0123456789")
	return text[:len(text)-len(rest)], strings.ToLower(strings.TrimSpace(rest))
}
