#!/bin/sh
# Generates the code that metadata.yaml describes. Run by `go generate` in the repository's root.
#
# mdatagen names the package of the generated tests after the folder that it works in. A clone may have any name, so
# mdatagen gets the repository through a link with the right name.
set -eu
link=$(mktemp -d)/agentvisitsexporter
trap 'rm "$link"; rmdir "$(dirname "$link")"' EXIT
ln -s "$PWD" "$link"
go tool -modfile="$PWD/internal/dev/tools/go.mod" mdatagen "$link/metadata.yaml"
