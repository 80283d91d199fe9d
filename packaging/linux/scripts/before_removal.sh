#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs before the files go. On an upgrade the service goes on: Debian says "upgrade", rpm 1.

set -e

case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now agent-visits.service || true
	fi
	;;
esac
