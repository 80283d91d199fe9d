// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// A service on Express. The first argument is its port, the others are the next services, each of which it calls twice
// for a path with /fan/.

const express = require('express');

const [port, ...next] = process.argv.slice(2);

const app = express();
app.get('/{*page}', async (req, res) => {
  if (req.path.includes('/fan/')) {
    for (const url of [...next, ...next]) {
      await (await fetch(url + req.path)).text();
    }
  }
  res.type('html').end('done\n');
});

const server = app.listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => server.close());
