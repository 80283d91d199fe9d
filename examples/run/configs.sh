#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# Prints the Collector's arguments for `make run`: the base, and each destination whose keys are in the environment.
# It prints only file names; the Collector itself reads the keys from the environment. If no destination is complete, it
# fails and says what to set.

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
	echo "Scrunch needs both SCRUNCH_SITE_ID and SCRUNCH_API_KEY. One of them is not set." >&2
	exit 1
fi

if [ "$destinations" = 0 ]; then
	cat >&2 <<-'END'
		No destination is set. Export the keys of one or both APIs, then run this again:

		  Known Agents   export KNOWN_AGENTS_ACCESS_TOKEN=...   (project settings)
		  Scrunch        export SCRUNCH_SITE_ID=...             (the site's integration settings)
		                 export SCRUNCH_API_KEY=...

		To try it without keys: make demo
	END
	exit 1
fi

echo "$configs"
