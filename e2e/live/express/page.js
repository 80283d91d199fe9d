// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Does what a page with OpenTelemetry's browser instrumentation does: it loads, and fetches what it needs, each by a
// span of a client, all in one trace. The arguments are URLs. The resource is that of OpenTelemetry's browser SDK.

const { context, propagation, trace, SpanKind } = require('@opentelemetry/api');
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { resourceFromAttributes } = require('@opentelemetry/resources');

const sdk = new NodeSDK({
  autoDetectResources: false,
  resource: resourceFromAttributes({ 'service.name': 'page', 'telemetry.sdk.language': 'webjs', 'browser.platform': 'Linux' }),
});
sdk.start();

const tracer = trace.getTracer('@opentelemetry/instrumentation-fetch');
tracer.startActiveSpan('documentLoad', async (load) => {
  await Promise.all(process.argv.slice(2).map(async (url) => {
    const span = tracer.startSpan('HTTP GET', { kind: SpanKind.CLIENT });
    const headers = { 'user-agent': 'page/1.0' };
    propagation.inject(trace.setSpan(context.active(), span), headers);
    await (await fetch(url, { headers })).text();
    span.end();
  }));
  load.end();
  await sdk.shutdown();
});
