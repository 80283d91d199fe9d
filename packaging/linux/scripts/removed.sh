#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs after the files have gone. After a removal the keys, the configuration and the visits that wait are still there;
# Debian's "purge" removes them, too. Rpm has no purge.

set -e

if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
fi

if [ "$1" = purge ]; then
	rm -rf /var/lib/agent-visits /etc/agent-visits
	if getent passwd agent-visits >/dev/null; then
		userdel agent-visits || true
	fi
fi
