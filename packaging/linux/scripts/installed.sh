#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs after the files are there. Debian calls it with "configure" and the version before, rpm with the number of
# versions that are installed.

set -e

if ! getent passwd agent-visits >/dev/null; then
	useradd --system --user-group --no-create-home --home-dir /var/lib/agent-visits --shell /usr/sbin/nologin agent-visits
fi
# Systemd would make it at the first start. It is here already so that people can move a queue into it.
mkdir -p /var/lib/agent-visits
chown agent-visits:agent-visits /var/lib/agent-visits
chmod 0700 /var/lib/agent-visits

upgrade=
case "$1" in
configure) [ -z "$2" ] || upgrade=yes ;;
[2-9]*) upgrade=yes ;;
esac

if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	# What waits to be delivered is on the disk, so a restart loses nothing.
	[ -z "$upgrade" ] || systemctl try-restart agent-visits.service
fi

if [ -z "$upgrade" ]; then
	cat <<-'END'
		agent-visits is installed and delivers nothing yet. Write a key:
		  Known Agents   the access token into /etc/agent-visits/known_agents_access_token
		  Scrunch        the API key into /etc/agent-visits/scrunch_api_key,
		                 and the site's id and domain into /etc/agent-visits/agent-visits.env
		Then: systemctl enable --now agent-visits
	END
fi
