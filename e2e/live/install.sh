#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs the servers that the live tests drive: nginx, Apache, HAProxy, lighttpd, logrotate and Prometheus as Debian packages
# (as root only), Caddy from its Go module into bin/live, Express and its OpenTelemetry packages from npm into
# e2e/live/express. What is already installed stays as it is. Go and Node must be installed. Nothing is started.

set -eu

CADDY_VERSION=v2.11.9

cd "$(dirname "$0")/../.."

# debian COMMAND PACKAGE... installs the packages if the command is missing.
debian() {
	command=$1
	shift
	if command -v "$command" >/dev/null || [ -x "/usr/sbin/$command" ]; then
		return
	fi
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "$command is missing. Install it, on Debian as root with: apt-get install $*" >&2
		exit 1
	fi
	echo "Installing $*."
	[ -n "${updated:-}" ] || apt-get update -qq
	updated=1
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

debian nginx nginx
debian apache2 apache2-bin
debian haproxy haproxy
debian lighttpd lighttpd
debian logrotate logrotate
debian prometheus prometheus
debian curl curl

if ! [ -x bin/live/caddy ]; then
	echo "Building Caddy $CADDY_VERSION: two to four minutes, once."
	GOBIN="$PWD/bin/live" go install "github.com/caddyserver/caddy/v2/cmd/caddy@$CADDY_VERSION"
fi

# npm ci removes everything and installs it again, so run it only if the lock file is newer.
if ! [ e2e/live/express/node_modules/.package-lock.json -nt e2e/live/express/package-lock.json ]; then
	echo "Installing Express and OpenTelemetry for Node."
	(cd e2e/live/express && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
fi
