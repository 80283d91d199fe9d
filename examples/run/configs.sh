#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# Prints the Collector's arguments for `make run`: the base, and each destination whose keys are in the environment.
# Only file names are printed; the Collector reads the keys from the environment itself. Fails, saying what to set,
# when no destination is complete.

set -eu

cd "$(dirname "$0")/../.."
configs="--config examples/run/base.yaml"
destinations=0

if [ -n "${KNOWN_AGENTS_ACCESS_TOKEN:-}" ]; then
	configs="$configs --config examples/run/known_agents.yaml"
	destinations=1
fi

if [ -n "${SCRUNCH_SITE_ID:-}" ] && [ -n "${SCRUNCH_API_KEY:-}" ]; then
	configs="$configs --config examples/run/scrunch.yaml"
	destinations=1
elif [ -n "${SCRUNCH_SITE_ID:-}${SCRUNCH_API_KEY:-}" ]; then
	echo "Scrunch needs both SCRUNCH_SITE_ID and SCRUNCH_API_KEY, and one of them is not set." >&2
	exit 1
fi

if [ "$destinations" = 0 ]; then
	cat >&2 <<-'END'
		No destination is set. Export the keys of one API or of both, then run this again:

		  Known Agents   export KNOWN_AGENTS_ACCESS_TOKEN=...   (project settings)
		  Scrunch        export SCRUNCH_SITE_ID=...             (the site's integration settings)
		                 export SCRUNCH_API_KEY=...

		To look around without keys: make demo
	END
	exit 1
fi

echo "$configs"
