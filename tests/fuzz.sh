#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the fuzz targets of tests/fuzz with clang and lets them look for trouble:
#
#     sh tests/fuzz.sh [SECONDS] [TARGET...]     default: 60 s for each target, all of them
#
# As many targets run at a time as there are cores. Each begins with seeds made on the spot, those of
# NOTAFTER_CORPORA (a folder with malformed/files) when that is set, and what earlier runs found
# worth keeping. One line a target; inputs that make one fail are kept in build/fuzz/findings.
# Exit status 0: nothing found; 77: clang or its libFuzzer is not here.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=$root/build/fuzz
findings=$build/findings
jobs=$(nproc 2>/dev/null || echo 2)
cd "$root" || exit 1

# Clang alone is not enough: its runtime is a package of its own.
has_libfuzzer() {
        echo 'int LLVMFuzzerTestOneInput(const char *d, long n) { return d && n == 9; }' |
                clang -fsanitize=fuzzer,address,undefined -x c -o "$1/probe" - 2>/dev/null
}

build_targets() {
        mkdir -p "$build"
        if ! { cmake --preset fuzz && nice cmake --build --preset fuzz -j "$jobs"; } \
                >"$build.log" 2>&1; then
                grep -A 6 -E 'error:|FAILED|CMake Error' "$build.log" | head -n 60
                echo "The whole story is in $build.log"
                exit 1
        fi
}

# The last number that libFuzzer gave for a word of its status lines: "cov: 1234"
figure() {
        sed -n "s/.* $1: \([0-9]*\).*/\1/p" "$log" | tail -n 1
}

run_one() {
        target=$1
        seconds=$2
        corpus=$build/corpus/$target
        seeds=$build/seeds/$target
        log=$build/$target.log
        rm -rf "$seeds"
        mkdir -p "$corpus" "$seeds" "$findings"
        if ! FUZZ_SEEDS=$seeds "$build/tests/fuzz/$target" >"$log" 2>&1; then
                echo "$target: cannot make its seeds, see $log"
                return 1
        fi
        before=$(ls "$findings" | wc -l)
        "$build/tests/fuzz/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
                -max_len=16384 -print_final_stats=1 -artifact_prefix="$findings/$target-" \
                "$corpus" "$seeds" >"$log" 2>&1
        status=$?
        printf '%-26s %9s runs  %4s s  %6s edges  %s\n' "$target" \
                "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$seconds" \
                "$(figure cov)" "$([ $status = 0 ] && echo 'no finding' || echo FOUND)"
        [ $status = 0 ] && return 0
        grep -E -m 3 'ERROR|does not hold|runtime error|SUMMARY' "$log" | sed 's/^/    /'
        sed -n "s|.*Test unit written to |    input: |p" "$log"
        echo "    the whole story: $log"
        return 1
}

if [ "${1-}" = --one ]; then # for xargs
        shift
        run_one "$2" "$1"
        exit
fi

case ${1-} in
-h | --help)
        sed -n '4,11s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
'' | *[!0-9]*) seconds=60 ;;
*)
        seconds=$1
        shift
        ;;
esac
probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
if ! command -v clang >/dev/null || ! has_libfuzzer "$probe"; then
        echo "skipped: there is no clang with libFuzzer here (packaging/dependencies.sh fuzz)"
        exit 77
fi
build_targets
[ $# -gt 0 ] || set -- $(cat "$build/tests/fuzz/targets")
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
printf '%s\n' "$@" | xargs -P "$jobs" -I TARGET nice sh "$0" --one "$seconds" TARGET
