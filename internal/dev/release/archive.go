// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// packer takes the files of an archive in turn.
type packer interface {
	add(name string, size int64, content io.Reader) error
	close() error
}

// archive packs the files of a folder, below a folder of the archive's own name. Names,
// dates, owners and rights depend on nothing but the arguments, and so do the bytes.
func archive(path, folder string, date time.Time) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	var p packer
	name := filepath.Base(path)
	if top, isZip := strings.CutSuffix(name, ".zip"); isZip {
		p = &zipPacker{zip.NewWriter(file), top, date}
	} else {
		top := strings.TrimSuffix(name, ".tar.gz")
		packed, _ := gzip.NewWriterLevel(file, gzip.BestCompression)
		p = &tarPacker{tar.NewWriter(packed), packed, top, date}
	}
	return errors.Join(pack(p, folder), p.close(), file.Close())
}

// pack adds the files of a folder by their names.
func pack(p packer, folder string) error {
	entries, err := os.ReadDir(folder) // sorted
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := packFile(p, filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func packFile(p packer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return p.add(info.Name(), info.Size(), file)
}

// mode makes everything executable that is no text.
func mode(name string) int64 {
	switch filepath.Ext(name) {
	case ".md", ".txt", ".yaml", ".env":
		return 0o644
	}
	if name == "LICENSE" {
		return 0o644
	}
	return 0o755
}

type tarPacker struct {
	*tar.Writer
	packed *gzip.Writer
	top    string
	date   time.Time
}

func (p *tarPacker) add(name string, size int64, content io.Reader) error {
	header := tar.Header{Name: p.top + "/" + name, Size: size, Mode: mode(name), ModTime: p.date, Format: tar.FormatUSTAR}
	if err := p.WriteHeader(&header); err != nil {
		return err
	}
	_, err := io.Copy(p.Writer, content)
	return err
}

func (p *tarPacker) close() error { return errors.Join(p.Close(), p.packed.Close()) }

type zipPacker struct {
	*zip.Writer
	top  string
	date time.Time
}

func (p *zipPacker) add(name string, _ int64, content io.Reader) error {
	header := zip.FileHeader{Name: p.top + "/" + name, Method: zip.Deflate, Modified: p.date}
	header.SetMode(os.FileMode(mode(name)))
	to, err := p.CreateHeader(&header)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, content)
	return err
}

func (p *zipPacker) close() error { return p.Close() }

// checksums prints the sums of the files in a folder. The file of sums itself has none.
func checksums(to io.Writer, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() || strings.HasPrefix(entry.Name(), "SHA256SUMS") {
			continue
		}
		file, err := os.Open(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		sum := sha256.New()
		_, err = io.Copy(sum, file)
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
		fmt.Fprintf(to, "%s  %s\n", hex.EncodeToString(sum.Sum(nil)), entry.Name())
	}
	return nil
}
