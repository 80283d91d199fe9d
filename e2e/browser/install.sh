#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs what the tests of the preview's page use: Chromium as a Debian package (as root only), and axe-core, which looks
# for barriers, from npm into bin/browser. What is already installed stays as it is. Nothing is started.

set -eu

AXE_VERSION=4.14.1

cd "$(dirname "$0")/../.."

if ! command -v chromium >/dev/null; then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "chromium is missing. Install it, on Debian as root with: apt-get install chromium" >&2
		exit 1
	fi
	echo "Installing chromium."
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null
fi

if ! [ -f bin/browser/package/axe.min.js ]; then
	echo "Fetching axe-core $AXE_VERSION."
	mkdir -p bin/browser
	(cd bin/browser && npm pack --silent "axe-core@$AXE_VERSION" >packed && tar xzf "$(cat packed)" package/axe.min.js)
fi
