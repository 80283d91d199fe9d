// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// A website on Express that answers as ../requests.json says. The first argument is the port.

const express = require('express');

const answers = new Map(require('../requests.json').map((r) => [`${r.method ?? 'GET'} ${r.target}`, r]));

const app = express();
app.all('/{*page}', (req, res) => {
  const answer = answers.get(`${req.method} ${req.originalUrl}`);
  if (!answer) {
    res.status(404).end();
    return;
  }
  res.status(answer.status ?? 200);
  if (answer.location) {
    res.set('Location', answer.location);
  }
  if (answer.type === '') {
    res.end();
    return;
  }
  res.setHeader('Content-Type', answer.type ?? 'text/html; charset=utf-8');
  res.end('<!doctype html><title>Llamas</title>\n');
});

const port = Number(process.argv[2]);
const servers = ['127.0.0.1', '::1'].map((host) => app.listen(port, host));
process.on('SIGTERM', () => servers.forEach((server) => server.close()));
