#!/bin/sh
# Copyright The agent_visits Authors
# SPDX-License-Identifier: Apache-2.0
#
# build.sh OS ARCH FOLDER compiles the programs of a release for a system into FOLDER. Ocb must have written the
# Collector's sources into bin/. The bytes depend on the sources, on Go's version and on the system that they are for.

set -eu

os=$1 arch=$2
mkdir -p "$3"
folder=$(cd "$3" && pwd)
cd "$(dirname "$0")/.."

suffix=
[ "$os" != windows ] || suffix=.exe

# compile NAME FOLDER compiles the program of a folder.
compile() {
	(cd "$2" && CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build -trimpath -buildvcs=false -ldflags="-s -w" -o "$folder/$1$suffix" .)
}

compile agent-visits-collector bin
compile agent-visits cmd/service
compile agent-visits-preview cmd/preview
compile replay cmd/replay
compile replay-deliver cmd/replay/deliver
