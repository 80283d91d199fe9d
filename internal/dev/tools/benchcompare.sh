#!/bin/sh
# Compares the benchmarks of a commit with those of the working tree: benchcompare.sh BASE BENCH BENCHTIME ROUNDS. Run it
# in the repository's root. The two sides take turns, and every four rounds the other side begins, so that a machine that
# becomes slower does so for both. Benchmarks are matched by name, so one may move to another package.
#
# Where the linker places functions makes a visit up to a fifth faster or slower, and that differs between two commits
# with the same code. So each side is linked in four layouts, and the rounds take them in turn.
set -eu
base=$1 bench=$2 benchtime=$3 rounds=$4
layouts='16 32 64 128'

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

# compile SIDE FOLDER builds the test program of each package with a benchmark that matches, once for each layout. It
# lists them in SIDE.LAYOUT.
compile() (
	cd "$2"
	for package in $(grep -ls '^func Benchmark' -- *_test.go internal/*/*_test.go internal/*/*/*_test.go 2>/dev/null | xargs -n 1 dirname | sort -u); do
		program="$work/$1-$(echo "$package" | tr / -)"
		for layout in $layouts; do
			go test "-ldflags=-funcalign=$layout" -c -o "$program-$layout.test" "./$package"
			(cd "$package" && "$program-$layout.test" -test.list "${bench%%/*}") | grep -q '^Benchmark' || break
			echo "$program-$layout.test $2/$package" >>"$work/$1.$layout"
		done
	done
)

# measure SIDE LAYOUT runs the benchmarks of one side once. Each program runs in its package's folder.
measure() {
	while read -r program folder; do
		(cd "$folder" && "$program" -test.run '^$' -test.bench "$bench" -test.benchtime "$benchtime" -test.benchmem) >"$work/out" || {
			cat "$work/out" >&2
			exit 1
		}
		grep -v '^pkg: ' "$work/out" >>"$work/$1.txt"
	done <"$work/$1.$2"
}

echo "Compiling the benchmarks of $base ($(git rev-parse --short "$commit")) and of the working tree, in four layouts each."
compile base "$work/base"
compile new "$PWD"
for side in base new; do
	if [ ! -e "$work/$side.64" ]; then
		echo "BENCH=$bench matches no benchmark of the side '$side'." >&2
		exit 1
	fi
done

round=1
while [ "$round" -le "$rounds" ]; do
	layout=$(echo "$layouts" | cut -d ' ' -f $(((round - 1) % 4 + 1)))
	echo "Round $round of $rounds, functions aligned to $layout bytes."
	if [ $(((round - 1) / 4 % 2)) = 0 ]; then
		measure base "$layout" && measure new "$layout"
	else
		measure new "$layout" && measure base "$layout"
	fi
	round=$((round + 1))
done

cp "$work/base.txt" bin/bench-base.txt
cp "$work/new.txt" bin/bench-new.txt
go tool -modfile=internal/dev/tools/go.mod benchstat "$base=bin/bench-base.txt" new=bin/bench-new.txt
