#!/bin/sh
# Compares the benchmarks of a commit with those of the working tree: benchcompare.sh BASE BENCH BENCHTIME ROUNDS FLAGS. Run
# in the repository's root; FLAGS are for go test. The two take turns, and every other round the other one begins, so that
# a machine that grows slower does so for both. Benchmarks are matched by name: one may move to another package.
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

# compile SIDE FOLDER builds the test program of each package that has benchmarks. It lists them in SIDE.programs.
compile() (
	cd "$2"
	: >"$work/$1.programs"
	for package in $(grep -ls '^func Benchmark' -- *_test.go internal/*/*_test.go | xargs -n 1 dirname | sort -u); do
		program="$work/$1-$(echo "$package" | tr / -).test"
		go test "$flags" -c -o "$program" "./$package"
		echo "$program $2/$package" >>"$work/$1.programs"
	done
)

# measure SIDE runs one side's benchmarks once, each package's in its own folder, where its testdata is.
measure() {
	while read -r program folder; do
		(cd "$folder" && "$program" -test.run '^$' -test.bench "$bench" -test.benchtime "$benchtime" -test.benchmem) >"$work/out" || {
			cat "$work/out" >&2
			exit 1
		}
		grep -v '^pkg: ' "$work/out" >>"$work/$1.txt"
	done <"$work/$1.programs"
}

echo "Compiling the benchmarks of $base ($(git rev-parse --short "$commit")) and of the working tree."
compile base "$work/base"
compile new "$PWD"

round=1
while [ "$round" -le "$rounds" ]; do
	echo "Round $round of $rounds."
	if [ $((round % 2)) = 1 ]; then
		measure base && measure new
	else
		measure new && measure base
	fi
	round=$((round + 1))
done

if ! grep -q '^Benchmark' "$work/new.txt"; then
	echo "BENCH=$bench matches no benchmark in the working tree." >&2
	exit 1
fi
cp "$work/base.txt" bin/bench-base.txt
cp "$work/new.txt" bin/bench-new.txt
go tool -modfile=internal/dev/tools/go.mod benchstat "$base=bin/bench-base.txt" new=bin/bench-new.txt
