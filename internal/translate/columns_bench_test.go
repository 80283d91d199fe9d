// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"strings"
	"testing"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
)

// Lines in columns without the header of their file.
const (
	iisHeader        = "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
	cloudFrontLine   = "2026-05-04\t09:15:02\tFRA2-C1\t512\t203.0.113.9\tGET\td111.cloudfront.net\t/guides/llamas\t200\thttps://chatgpt.com/\tMozilla/5.0%20AppleWebKit/537.36%20(KHTML,%20like%20Gecko;%20compatible;%20GPTBot/1.2;%20+https://openai.com/gptbot)\tutm_source=chatgpt.com&q=a%20b\t-\tHit\t0f1e==\twww.example.com\thttps\t80\t0.038\t-\tTLSv1.3\tTLS_AES\tHit\tHTTP/2.0\t-\t-\t40112\t0.030\tHit\ttext/html\t512\t-\t-"
	iisLine          = "2026-05-04 09:15:02 10.0.0.4 GET /guides/llamas utm_source=chatgpt.com&q=a%20b 443 - 203.0.113.9 Mozilla/5.0+AppleWebKit/537.36+(KHTML,+like+Gecko;+compatible;+GPTBot/1.2;++https://openai.com/gptbot) https://chatgpt.com/ 200 0 0 38"
	loadBalancerLine = `https 2026-05-04T09:15:02.158000Z app/shop/0f1e 203.0.113.9:2817 10.0.0.1:80 0.001 0.036 0.001 200 200 80 512 "GET https://www.example.com:443/guides/llamas?utm_source=chatgpt.com&q=a%20b HTTP/1.1" "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)" ECDHE-RSA TLSv1.2 arn:aws:x "Root=1-0f1e" "www.example.com" "arn:aws:y" 0 2026-05-04T09:15:02.120000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"`
)

// BenchmarkColumns shows what a line in columns costs, from the line to the text for
// Known Agents, with and without the header of its file, /a.
func BenchmarkColumns(b *testing.B) {
	for name, line := range map[string]string{
		"CloudFront":             cloudFrontLine,
		"IIS":                    iisLine,
		"ALB":                    loadBalancerLine,
		"IIS, header of /a":      iisLine,
		"combined, header of /b": fixture.CombinedLine,
		"combined":               fixture.CombinedLine,
	} {
		b.Run("format="+name, func(b *testing.B) {
			p := fixture.OfLogs(logOf("web1", "/a", line))
			w := newWorkbench(translation.EncodeForKnownAgents)
			if _, file, found := strings.Cut(name, ", header of "); found {
				w.work(fixture.OfLogs(logOf("web1", file, iisHeader)))
			}
			b.ReportAllocs()
			for b.Loop() {
				w.work(p)
			}
			fixture.PerItem(b, "ns/visit", w.visits)
		})
	}
}
