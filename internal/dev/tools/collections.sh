#!/bin/sh
# Runs the collections of logs and telemetry that others wrote, if they are there, and compares the result with the proven
# exceptions: collections.sh COLLECTOR FOLDER. FOLDER holds peers-logs and public-reports, each with a runner. Nothing of
# them is in this repository. The exit code is 0 if nothing differs but the exceptions.
set -eu
collector=$1 folder=$2
exceptions=testdata/collections/exceptions.txt

if ! [ -d "$folder/peers-logs" ] || ! [ -d "$folder/public-reports" ]; then
	echo "The collections are not in $folder: they are not compared."
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cp -R "$folder/peers-logs" "$folder/public-reports" "$work" # they may be read-only
chmod -R u+w "$work"

# The runner of the suites gives Scrunch's exporter a domain that none of the lines has, so that all of them would be another
# site's. Without the domain a line that names no host is no visit for Scrunch, and the runner must not miss it.
sed -i -e 's/, domain: %s}/}/' -e 's/i, fallbackDomain, common/i, common/' \
	-e 's/e.Fields\["status"\] != nil && v == nil/& \&\& e.Fields["host"] != nil/' "$work/peers-logs/main.go"

# The runner exits with 1 if any visit is wrong, also if that is an exception.
echo "Feeding the peers' suites to the Collector."
(cd "$work/peers-logs" && ./run -collector "$collector") >"$work/suites.txt" || test -s "$work/suites.txt"

# A row has the suite, six numbers (lines, expected, found, right, missed, extra), a bar, three more, and field:count.
awk '
	$8 == "|" && $1 != "suite" && $1 != "total" {
		if ($6 > 0) print $1, "missed:" $6
		if ($7 > 0) print $1, "extra:" $7
		for (i = 12; i <= NF; i++) print $1, $i
	}' "$work/suites.txt" | sort >"$work/found.txt"
sed -n 's/^\([a-z][^ ]* [a-z_]*:[0-9]*\)$/\1/p' "$exceptions" | sort >"$work/proven.txt"
tail -n 2 "$work/suites.txt"
if ! diff -u "$work/proven.txt" "$work/found.txt"; then
	echo "The suites differ in other fields than $exceptions says: + is new, - is gone." >&2
	exit 1
fi

echo "Sending the public reports to the Collector."
(cd "$work/public-reports" && go run . "$collector")
