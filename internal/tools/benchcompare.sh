#!/bin/sh
# Compares the benchmarks of a commit with those of the working tree: benchcompare.sh BASE BENCH BENCHTIME ROUNDS FLAGS.
# Run it in the repository's root. FLAGS are passed to go test. The two sides take turns, and the one that goes first
# changes with each round, so that a machine that slows down affects both sides.
set -eu
base=$1 bench=$2 benchtime=$3 rounds=$4 flags=$5

commit=$(git rev-parse --verify --quiet "$base^{commit}") || {
	echo "BASE=$base is not a commit of this repository: name a branch, a tag or a commit." >&2
	exit 1
}

work=$(mktemp -d)
trap 'git worktree remove --force "$work/base" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
git worktree add --quiet --detach "$work/base" "$commit"

mkdir -p bin
echo "Compiling the benchmarks of $base ($(git rev-parse --short "$commit")) and of the working tree."
(cd "$work/base" && go test "$flags" -c -o "$work/base.test" .)
go test "$flags" -c -o "$work/new.test" .

# measure SIDE FOLDER runs the benchmarks of one side once, in its own folder because they read testdata.
measure() {
	(cd "$2" && "$work/$1.test" -test.run '^$' -test.bench "$bench" -test.benchtime "$benchtime" -test.benchmem) >"$work/out" || {
		cat "$work/out" >&2
		exit 1
	}
	cat "$work/out" >>"$work/$1.txt"
}

round=1
while [ "$round" -le "$rounds" ]; do
	echo "Round $round of $rounds."
	if [ $((round % 2)) = 1 ]; then
		measure base "$work/base" && measure new .
	else
		measure new . && measure base "$work/base"
	fi
	round=$((round + 1))
done

if ! grep -q '^Benchmark' "$work/new.txt"; then
	echo "BENCH=$bench matches no benchmark in the working tree." >&2
	exit 1
fi
cp "$work/base.txt" bin/bench-base.txt
cp "$work/new.txt" bin/bench-new.txt
go tool -modfile=internal/tools/go.mod benchstat "$base=bin/bench-base.txt" new=bin/bench-new.txt
