// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
)

// Preview is a running cmd/preview.
type Preview struct {
	// URL is where its page is, without a trailing slash.
	URL     string
	process *collector.Process
}

// StartPreview runs a binary of cmd/preview on an address, such as 127.0.0.1:0, and
// returns when it answers. It needs a folder for a file.
func StartPreview(ctx context.Context, binary, address, folder string) (*Preview, error) {
	file := filepath.Join(folder, "preview.address")
	process, err := collector.Launch(collector.Command{Path: binary, Args: []string{"-quiet", "-listen", address, "-addr-file", file}})
	if err != nil {
		return nil, err
	}
	p := &Preview{process: process}
	err = process.Await(ctx, func(context.Context) error {
		content, err := os.ReadFile(file)
		p.URL = strings.TrimSpace(string(content))
		return err
	})
	return p, err
}

// PID is the number of its process.
func (p *Preview) PID() int { return p.process.PID() }

// Stop ends it.
func (p *Preview) Stop(ctx context.Context) error { return p.process.Stop(ctx) }

// The most visits of a request.
const batchSize = 500

// SendKnownAgents delivers visits to Known Agents, as the exporter would.
func (p *Preview) SendKnownAgents(ctx context.Context, visits []Visit) error {
	for begin := 0; begin < len(visits); begin += batchSize {
		var batch []map[string]any
		for _, v := range visits[begin:min(begin+batchSize, len(visits))] {
			batch = append(batch, v.knownAgents())
		}
		body, err := json.Marshal(batch)
		if err != nil {
			return err
		}
		if err := p.post(ctx, "/visits", "application/json", "Authorization", "Bearer preview-token", body); err != nil {
			return err
		}
	}
	return nil
}

// SendScrunch delivers visits to Scrunch, as the exporter would.
func (p *Preview) SendScrunch(ctx context.Context, visits []Visit) error {
	for begin := 0; begin < len(visits); begin += batchSize {
		var body bytes.Buffer
		for _, v := range visits[begin:min(begin+batchSize, len(visits))] {
			if err := json.NewEncoder(&body).Encode(v.scrunch()); err != nil {
				return err
			}
		}
		const path = "/v1/sites/01HZX3VQ6Z0000000000000000/platforms/custom/web-traffic"
		if err := p.post(ctx, path, "application/x-ndjson", "X-Api-Key", "preview-key", body.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (p *Preview) post(ctx context.Context, path, contentType, key, secret string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set(key, secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	reason, err := io.ReadAll(answer.Body)
	if _ = answer.Body.Close(); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the preview answered %s: %s", answer.Status, reason)
	}
	return nil
}
