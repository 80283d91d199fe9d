#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# Fetches packages of user agents from npm into a folder, which stays outside of git, and prints their files:
#
#   fetch.sh FOLDER          the versions below, with which everybody's check has the same result
#   fetch.sh FOLDER newest   the newest versions
#
# What is already there is not fetched again. Nothing of a package is run. All of them are under the MIT licence, except
# user-agents, which is under BSD-2-Clause. The versions of user-agents are some years apart: each has the visitors of its time.

set -eu

PACKAGES='crawler-user-agents@1.60.0
user-agents@2.1.198 user-agents@1.1.100 user-agents@1.0.1000 user-agents@1.0.500 user-agents@1.0.38
@ulixee/real-user-agents@2.0.0-alpha.34 random-useragent@0.5.0'
NEWEST='crawler-user-agents user-agents @ulixee/real-user-agents random-useragent'

folder=$1
[ "${2:-}" = newest ] && PACKAGES=$NEWEST

mkdir -p "$folder"
cd "$folder"
for package in $PACKAGES; do
	file=$(echo "$package" | sed "s/^@//; s,[/@],-,g").tgz
	if ! [ -f "$file" ]; then
		echo "Fetching $package." >&2
		rm -rf part
		mkdir part
		npm pack --silent --ignore-scripts --pack-destination part "$package" >/dev/null || {
			echo "npm could not fetch $package, so real user agents were not compared." >&2
			exit 1
		}
		mv part/*.tgz "$file"
		rmdir part
	fi
	echo "$folder/$file"
done
