// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Starts OpenTelemetry with captured headers, as docs/headers.md recommends. Loaded before the application.

const { NodeSDK } = require('@opentelemetry/sdk-node');
const { getNodeAutoInstrumentations } = require('@opentelemetry/auto-instrumentations-node');

const sdk = new NodeSDK({
  instrumentations: [getNodeAutoInstrumentations({
    '@opentelemetry/instrumentation-http': {
      headersToSpanAttributes: {
        server: {
          requestHeaders: ['referer', 'host', 'x-forwarded-for', 'x-forwarded-proto', 'from', 'accept',
            'signature', 'signature-input', 'signature-agent', 'dnt', 'sec-gpc'],
          responseHeaders: ['content-type', 'location'],
        },
      },
    },
  })],
});
sdk.start();
process.on('SIGTERM', () => sdk.shutdown());
