#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# Checks that configs.sh chooses the destinations whose keys are set, and that the Collector given as the first argument
# accepts each choice. The keys are made up and nothing is sent.

set -eu

collector=$1
cd "$(dirname "$0")/../.."
unset KNOWN_AGENTS_ACCESS_TOKEN SCRUNCH_SITE_ID SCRUNCH_API_KEY

base="--config examples/run/base.yaml"
known_agents="--config examples/run/known_agents.yaml"
scrunch="--config examples/run/scrunch.yaml"

token=KNOWN_AGENTS_ACCESS_TOKEN=made-up-token
site=SCRUNCH_SITE_ID=01ARZ3NDEKTSV4RRFFQ69G5FAV
key=SCRUNCH_API_KEY=made-up-key

# expect WANT [NAME=VALUE...] compares what configs.sh prints with WANT and lets the Collector validate it.
expect() {
	want=$1
	shift
	got=$(env "$@" sh examples/run/configs.sh)
	if [ "$got" != "$want" ]; then
		echo "with $(names "$@"): got \"$got\", want \"$want\""
		exit 1
	fi
	# shellcheck disable=SC2086 # the arguments must be split
	env "$@" "$collector" validate $got
	echo "ok: $(names "$@")"
}

# expect_refusal WORD [NAME=VALUE...] wants configs.sh to fail with a message that contains WORD.
expect_refusal() {
	word=$1
	shift
	if message=$(env "$@" sh examples/run/configs.sh 2>&1); then
		echo "with $(names "$@"): accepted, want a refusal"
		exit 1
	fi
	case $message in
	*"$word"*) echo "ok: refused with $(names "$@")" ;;
	*)
		echo "with $(names "$@"): the message lacks \"$word\": $message"
		exit 1
		;;
	esac
}

# names prints the names of NAME=VALUE arguments.
names() {
	if [ $# = 0 ]; then
		echo "no key"
		return
	fi
	for pair; do printf '%s ' "${pair%%=*}"; done
}

expect "$base $known_agents" "$token"
expect "$base $scrunch" "$site" "$key"
expect "$base $known_agents $scrunch" "$token" "$site" "$key"
expect_refusal "KNOWN_AGENTS_ACCESS_TOKEN"
expect_refusal "SCRUNCH_SITE_ID" "$key"
expect_refusal "SCRUNCH_API_KEY" "$token" "$site"
