// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
)

// Comments are the comments of struct fields, by package path, type and field.
type Comments map[string]string

// ReadComments reads the sources of the packages in which the structs of a configuration
// are. The go command of the module finds them.
func ReadComments(ctx context.Context, packages ...string) (Comments, error) {
	arguments := append([]string{"list", "-f", "{{.ImportPath}}\t{{.Dir}}"}, packages...)
	listed, err := exec.CommandContext(ctx, "go", arguments...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	all := Comments{}
	for line := range strings.Lines(string(listed)) {
		path, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			all.add(path, file)
		}
	}
	return all, nil
}

// add keeps the comments of the fields of all structs in a file.
func (c Comments) add(path string, file *ast.File) {
	ast.Inspect(file, func(node ast.Node) bool {
		spec, isType := node.(*ast.TypeSpec)
		if !isType {
			return true
		}
		if fields, isStruct := spec.Type.(*ast.StructType); isStruct {
			for _, field := range fields.Fields.List {
				for _, name := range field.Names {
					c[path+"."+spec.Name.Name+"."+name.Name] = oneLine(field.Doc.Text())
				}
			}
		}
		return true
	})
}

// of is the comment of a field. The key stands for the field's name, which only
// programmers know.
func (c Comments) of(of reflect.Type, field, key string) string {
	text := c[of.PkgPath()+"."+of.Name()+"."+field]
	if rest, begins := strings.CutPrefix(text, field+" "); begins {
		return key + " " + rest
	}
	return text
}

// oneLine joins the lines of a comment. What is only for programmers is left out.
func oneLine(text string) string {
	text, _, _ = strings.Cut(text, "\n\n")
	return strings.Join(strings.Fields(text), " ")
}
