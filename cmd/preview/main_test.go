// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/report"
)

const (
	site     = "01HZX3VQ6Z0000000000000000"
	goodLine = `{"domain":"example.com","user_agent":"GPTBot/1.2","url":"https://example.com/a","path":"/a","method":"GET","status_code":200,"timestamp":1777886102}`
)

func TestItListensOnLoopbackAddressesOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:4000"} {
		t.Run(address, func(t *testing.T) {
			err := run(t.Context(), []string{"-listen", address}, io.Discard, io.Discard)
			require.EqualError(t, err, `listen address "`+address+`" is not a loopback address: use 127.0.0.1, [::1] or localhost`)
		})
	}
}

func TestAnErrorNamesTheWrongArgument(t *testing.T) {
	for args, want := range map[string]string{
		"-x":       "flag provided but not defined: -x",
		"forever":  `unexpected argument "forever": every option starts with -`,
		"-for=-1s": "-for -1s: must not be negative",
	} {
		t.Run(args, func(t *testing.T) {
			require.EqualError(t, run(t.Context(), []string{args}, io.Discard, io.Discard), want)
		})
	}
	var usage bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, io.Discard, &usage), flag.ErrHelp)
	assert.Contains(t, usage.String(), "-addr-file")
}

func TestTheAddressStaysTheSameAndOneThatIsTakenHasARemedy(t *testing.T) {
	o, err := parseOptions(nil, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:4390", o.listen)
	p := startPreview(t, "-quiet")
	err = run(t.Context(), []string{"-listen", strings.TrimPrefix(p.url, "http://")}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "another preview may be running; -listen 127.0.0.1:0 picks a free port")
	p.stop()
}

func TestAnAddressFileThatCannotBeWrittenIsAnError(t *testing.T) {
	err := run(t.Context(), []string{"-listen", "127.0.0.1:0", "-addr-file", t.TempDir() + "/missing/address"}, io.Discard, io.Discard)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestThePreviewExitsAfterItsDuration(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-listen", "127.0.0.1:0", "-for", "1ms"}, &out, io.Discard))
	assert.Contains(t, out.String(), "Totals after")
}

// preview is the running program. stop ends it and returns the lines that it printed.
type preview struct {
	url  string
	stop func() []string
}

func startPreview(t *testing.T, args ...string) preview {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	errReader, errWriter := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), writer, errWriter)
		_ = writer.Close()
		_ = errWriter.Close()
		ended <- err
	}()
	source := reader
	if len(args) > 0 && args[0] == "-json" {
		source = errReader
	}
	base := make(chan string, 1)
	lines := make(chan []string, 1)
	scan := func(r io.Reader, url chan<- string) (all []string) {
		for s := bufio.NewScanner(r); s.Scan(); {
			all = append(all, s.Text())
			if _, address, ok := strings.Cut(s.Text(), "http://"); ok && url != nil {
				url <- "http://" + strings.Trim(address, "/")
				url = nil
			}
		}
		return all
	}
	if source == errReader {
		go scan(errReader, base)
		go func() { lines <- scan(reader, nil) }()
	} else {
		go scan(errReader, nil)
		go func() { lines <- scan(reader, base) }()
	}
	return preview{url: <-base, stop: func() []string {
		cancel()
		require.NoError(t, <-ended)
		return <-lines
	}}
}

func (p preview) post(t *testing.T, body string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/v1/sites/"+site+"/platforms/custom/web-traffic", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-ndjson")
	r.Header.Set("X-Api-Key", "preview-key")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

func TestVisitsAndRefusalsArePrintedAsTheyArriveAndThenTheTotals(t *testing.T) {
	p := startPreview(t)
	assert.Equal(t, 200, p.post(t, goodLine+"\n"))
	assert.Equal(t, 422, p.post(t, goodLine))
	out := p.stop()

	text := strings.Join(out, "\n")
	assert.Contains(t, text, "  scrunch       GPTBot                    GET     200      - ms  example.com/a\n !! REFUSED 422")
	assert.Contains(t, text, "the last line must end with a newline\n\nTotals after")
	assert.Contains(t, text, "endpoint: "+p.url)
	assert.Contains(t, text, "Nothing that arrives here leaves this machine")
}

func TestQuietPrintsOnlyRefusalsAndTotals(t *testing.T) {
	p := startPreview(t, "-quiet")
	p.post(t, goodLine+"\n")
	p.post(t, goodLine)
	text := strings.Join(p.stop(), "\n")
	assert.NotContains(t, text, "example.com/a")
	assert.Contains(t, text, "!! REFUSED 422")
	assert.Regexp(t, "GPTBot +OpenAI +training +1 ", text, "the report follows the totals")
}

func TestJSONOutputIsOneObjectPerLine(t *testing.T) {
	p := startPreview(t, "-json")
	p.post(t, goodLine+"\n")
	p.post(t, goodLine)
	out := p.stop()
	require.Len(t, out, 3)
	assert.JSONEq(t, `{"visit":{"time":"2026-05-04T09:15:02Z","api":"scrunch","agent":"GPTBot","operator":"OpenAI","purpose":"training",`+
		`"user_agent":"GPTBot/1.2","method":"GET","address":"example.com/a","status":200}}`, out[0])
	assert.Contains(t, out[1], `"refusal":{`)
	var last struct {
		Totals summary
		Report report.Report
	}
	require.NoError(t, json.Unmarshal([]byte(out[2]), &last))
	assert.Equal(t, perAPI{Scrunch: 1}, last.Totals.Visits)
	assert.Equal(t, perAPI{Scrunch: 1}, last.Totals.Refused)
	assert.Equal(t, "GPTBot", last.Report.Agents[0].Name)
}

func TestTheAddressFileHoldsTheBaseURLWhileThePreviewRuns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "address")
	p := startPreview(t, "-quiet", "-addr-file", file)
	assert.Equal(t, 200, p.post(t, goodLine+"\n")) // the file exists before the server answers
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, p.url+"\n", string(content))
	p.stop()
	assert.NoFileExists(t, file)
}
