#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# test.sh IMAGE runs an image that podman has as its users would: as a number, without rights, on a disk that is read
# only, without and with a key. Then it looks at what is in it. As root, with podman. PODMAN is the command; where there
# is no systemd, or cgroups of both versions: PODMAN='podman --cgroup-manager cgroupfs --runtime runc'.

set -eu

image=$1
podman=${PODMAN:-podman}
work=$(mktemp -d)
name=agent-visits-test-$$
trap '$podman rm -f -t 0 "$name" "$name-preview" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

say() { echo "ok: $*"; }
fail() {
	echo "FAILED: $*"
	$podman logs --tail 10 "$name" 2>&1 | cut -c1-200 || true
	exit 1
}
# wait_for WHAT COMMAND... runs the command until it succeeds, for half a minute.
wait_for() {
	what=$1
	shift
	for _ in $(seq 300); do
		if "$@" >/dev/null 2>&1; then
			say "$what"
			return
		fi
		sleep 0.1
	done
	fail "$what"
}
# run_image ARG... starts it with the least rights; there is no network but its own.
run_image() {
	$podman run -d --name "$name" --network none --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 --read-only --cap-drop=ALL \
		--security-opt=no-new-privileges "$@" >/dev/null
}
in_log() { $podman logs "$name" 2>&1 | grep -q "$1"; }
delivered() { $podman logs "$name-preview" 2>&1 | grep -q "/page-$1"; }

run_image "$image" || fail "start"
wait_for "without a key it is healthy" $podman exec "$name" /agent-visits health
wait_for "and says what to set" in_log /run/secrets/known_agents_access_token
$podman healthcheck run "$name" || fail "the image's own health check"
say "the image's own health check passes"
$podman rm -f -t 20 "$name" >/dev/null

mkdir "$work/logs"
echo '198.51.100.7 - - [26/Nov/2026:09:00:00 +0000] "GET /before HTTP/1.1" 200 1 "-" "GPTBot/1.2"' >"$work/logs/access.log"
echo preview-token >"$work/key"
chmod 0755 "$work" "$work/logs"
chmod 0644 "$work/key" "$work/logs/access.log"
run_image -v "$work/logs:/var/log/visits:ro" -v "$work/key:/run/secrets/known_agents_access_token:ro" \
	-e ACCESS_LOG=/var/log/visits/access.log -e KNOWN_AGENTS_ENDPOINT=http://127.0.0.1:9090 "$image"
$podman run -d --name "$name-preview" --network "container:$name" --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 --read-only --cap-drop=ALL \
	--entrypoint /agent-visits-preview "$image" -listen 127.0.0.1:9090 >/dev/null
wait_for "it watches the log" in_log "Started watching file"
for page in 1 2 3; do
	echo "198.51.100.7 - - [26/Nov/2026:10:00:00 +0000] \"GET /page-$page HTTP/1.1\" 200 512 \"-\" \"GPTBot/1.2\"" >>"$work/logs/access.log"
done
wait_for "visits of the log arrive" delivered 3
$podman rm -f -t 20 "$name-preview" >/dev/null
$podman rm -f -t 20 "$name" >/dev/null

[ "$($podman image inspect --format '{{.Config.User}}' "$image")" = 10001:10001 ] || fail "its user is a number"
mounted=$($podman image mount "$image")
files=$(cd "$mounted" && find . -type f | sort | tr '\n' ' ')
$podman image unmount "$image" >/dev/null
want="./LICENSE ./agent-visits ./agent-visits-collector ./agent-visits-preview ./etc/agent-visits/collector.yaml ./etc/agent-visits/known_agents.yaml ./etc/agent-visits/scrunch.yaml ./etc/ssl/certs/ca-certificates.crt "
[ "$files" = "$want" ] || fail "it holds: $files"
say "it holds the programs, their configuration, certificates and the licence, and nothing else"
echo PASSED
