// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// folderOf is the folder of a file_storage extension (contrib v0.158.0), or empty for
// another extension. file_storage tells nobody its folder, so it is read from the
// extension's own configuration. If that has another form, the queue is used without
// being checked; a test with the real extension fails then.
func folderOf(extension storage.Extension) string {
	const kind = "extension/storage/filestorage"
	v := reflect.Indirect(reflect.ValueOf(extension))
	if v.Kind() != reflect.Struct || !strings.HasSuffix(v.Type().PkgPath(), kind) {
		return ""
	}
	configuration := reflect.Indirect(v.FieldByName("cfg"))
	if configuration.Kind() != reflect.Struct {
		return ""
	}
	if folder := configuration.FieldByName("Directory"); folder.Kind() == reflect.String {
		return folder.String()
	}
	return ""
}

// fileOf is the path that file_storage gives the file of an exporter's client.
func fileOf(folder string, id component.ID, name string) string {
	file := escapeFileName(fmt.Sprintf("exporter_%s_%s_%s", id.Type(), id.Name(), name))
	path := filepath.Join(folder, file)
	if _, err := os.Lstat(path); errors.Is(err, syscall.ENAMETOOLONG) {
		hash := sha256.Sum256([]byte(file))
		return filepath.Join(folder, hex.EncodeToString(hash[:]))
	}
	return path
}

// escapeFileName writes characters as `~` and four digits, unless they are safe in the
// name of a file.
func escapeFileName(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "~%04X", r)
		}
	}
	return b.String()
}

// unescapeFileName reads what escapeFileName wrote.
func unescapeFileName(file string) string {
	var b strings.Builder
	for len(file) > 0 {
		if file[0] == '~' && len(file) >= 5 {
			if r, err := strconv.ParseUint(file[1:5], 16, 16); err == nil {
				b.WriteRune(rune(r))
				file = file[5:]
				continue
			}
		}
		b.WriteByte(file[0])
		file = file[1:]
	}
	return b.String()
}
