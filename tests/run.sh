#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds with sanitizers and runs every test:
#
#     sh tests/run.sh                          everything; the last line tells the sum
#     sh tests/run.sh --unit                   lints and unit tests
#     sh tests/run.sh --integration [NAME...]  suites with real servers: check, daemon, ...
#     sh tests/run.sh --browser                the pages in a browser: tests/browser.sh
#     sh tests/run.sh --tsan                   threaded unit tests under ThreadSanitizer
#     sh tests/run.sh --release                the build that is shipped, and whether it is hardened
#     sh tests/run.sh --package                the Debian package, lintian's word on it, and its program
#     sh tests/run.sh --e2e                    that package on a machine with systemd: tests/e2e
#     sh tests/run.sh --soak                   twenty seconds of tests/soak.sh
#     sh tests/run.sh --fuzz                   three seconds of each target of tests/fuzz.sh
#
# Options add up. Installs what the tests need. Exit status 0: nothing failed.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
threaded='probe|loop|monitor'
jobs=$(nproc 2>/dev/null || echo 2)
tally=$(mktemp)
trap 'rm -f "$tally" "$tally".*' EXIT
cd "$root" || exit 1

stage() {
        printf '\n== %s\n' "$*"
}

# count PASSED FAILED SKIPPED
count() {
        echo "$1 $2 $3" >>"$tally"
}

finish() {
        awk '{ p += $1; f += $2; s += $3 }
             END { printf "\n%d passed, %d failed%s\n", p, f, s ? ", " s " skipped" : ""
                   exit f > 0 || p == 0 }' "$tally"
        exit
}

# compile PRESET: what it has to say is in build/PRESET.log
compile() {
        mkdir -p "$root/build"
        case $1 in
        release) options='-DNOTAFTER_TESTS=OFF -DNOTAFTER_BENCH=ON' ;;
        fuzz) options= ;;
        *) options=-DNOTAFTER_TESTS=ON ;;
        esac
        # shellcheck disable=SC2086
        cmake --preset "$1" $options >"$root/build/$1.log" 2>&1 &&
                nice cmake --build --preset "$1" -j "$jobs" >>"$root/build/$1.log" 2>&1
}

# build PRESET: a build that fails is one failure, and its last words are shown
build() {
        stage "build $1"
        compile "$1" && return 0
        grep -A 6 -E 'error:|FAILED|CMake Error' "$root/build/$1.log" | head -n 60
        echo "The whole story is in $root/build/$1.log"
        count 0 1 0
        return 1
}

# While tests wait for servers, the processors do what comes later. What goes wrong here is told
# when its turn comes.
work_ahead() {
        for later in $steps; do
                case $later in
                tsan | release | fuzz) compile "$later" ;;
                package) make_package ;;
                e2e) run_e2e ;;
                esac
        done
}

# ctest_counted PRESET OPTION...: runs ctest and counts every test of it
ctest_counted() {
        preset=$1
        shift
        report=$root/build/$preset/ctest.xml
        rm -f "$report"
        ctest --preset "$preset" -j "$jobs" --output-junit "$report" "$@" ||
                [ -s "$report" ] || count 0 1 0
        [ -s "$report" ] || return
        # shellcheck disable=SC2046
        count $(awk '
                match($0, /tests="[0-9]+"/) && !t { t = substr($0, RSTART + 7, RLENGTH - 8) }
                match($0, /failures="[0-9]+"/) && !f { f = substr($0, RSTART + 10, RLENGTH - 11) }
                match($0, /skipped="[0-9]+"/) && !s { s = substr($0, RSTART + 9, RLENGTH - 10) }
                match($0, /disabled="[0-9]+"/) && !d { d = substr($0, RSTART + 10, RLENGTH - 11) }
                END { print t - f - s - d, f + 0, s + d }' "$report")
}

lint_and_unit() {
        export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:detect_stack_use_after_return=1
        export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
        stage "lints"
        ctest_counted asan -L lint
        stage "unit tests, AddressSanitizer and UndefinedBehaviorSanitizer"
        ctest_counted asan -LE lint
        unset ASAN_OPTIONS UBSAN_OPTIONS
}

tsan() {
        build tsan || return
        stage "threaded unit tests, ThreadSanitizer"
        TSAN_OPTIONS=halt_on_error=1 ctest_counted tsan -LE lint -R "$threaded"
}

# What is shipped compiles too (the optimiser warns of more), and is hardened.
release() {
        build release || return
        stage "what is shipped"
        if sh tests/lint/hardened.sh build/release/daemon/app/notafter; then
                count 1 0 0
        else
                count 0 1 0
        fi
}

# aside NAME COMMAND...: what it has to say is in build/NAME.log, how it went in $tally.NAME
aside() {
        name=$1
        shift
        mkdir -p "$root/build"
        "$@" >"$root/build/$name.log" 2>&1
        echo $? >"$tally.$name"
}

make_package() {
        aside package nice sh packaging/build-deb.sh
}

run_soak() {
        aside soak env NOTAFTER_BUILD="$root/build/asan" sh tests/soak.sh 20
}

package() {
        stage "Debian package"
        [ -s "$tally.package" ] || make_package
        cat "$root/build/package.log"
        content=$root/build/packages/content
        case $(cat "$tally.package") in
        0)
                if dpkg-deb --extract build/packages/notafter_*.deb "$content" &&
                        sh tests/lint/hardened.sh "$content/usr/bin/notafter" &&
                        "$content/usr/bin/notafter" config check "$content/etc/notafter/notafter.yaml"
                then count 1 0 0; else count 0 1 0; fi
                ;;
        77) count 0 0 1 ;;
        *) count 0 1 0 ;;
        esac
}

# With the package as it was made just now; or, without --package, another one.
run_e2e() {
        made=
        [ "$(cat "$tally.package" 2>/dev/null)" != 0 ] || made=$(echo build/packages/notafter_*.deb)
        # shellcheck disable=SC2086
        aside e2e sh tests/e2e/systemd.sh $made
}

e2e() {
        stage "the package on a machine with systemd"
        [ -s "$tally.e2e" ] || run_e2e
        log=$root/build/e2e.log
        status=$(cat "$tally.e2e")
        cat "$log"
        passed=$(sed -n 's/^\([0-9]*\) passed, [0-9]* failed$/\1/p' "$log")
        failed=$(sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p' "$log")
        [ "$status" = 0 ] || [ "$status" = 77 ] || [ "${failed:-0}" -gt 0 ] || failed=1
        count "${passed:-0}" "${failed:-0}" "$((status == 77))"
}

integration() {
        stage "integration: real servers, real daemon"
        case $steps in *soak*) run_soak & ;; esac
        work_ahead &
        renice -n 10 -p $! >/dev/null
        NOTAFTER_BUILD=$root/build/asan python3 "$root/tests/integration/run.py" \
                --tally "$tally" "$@" || true
        wait
}

browser() {
        stage "pages in a browser"
        log=$(mktemp)
        NOTAFTER_BUILD=$root/build/asan sh tests/browser.sh >"$log" 2>&1
        status=$?
        cat "$log"
        failed=$(sed -n 's/^ℹ fail //p' "$log")
        [ "$status" = 0 ] || [ "$status" = 77 ] || [ "${failed:-0}" -gt 0 ] || failed=1
        passed=$(sed -n 's/^ℹ pass //p' "$log")
        count "${passed:-0}" "${failed:-0}" "$((status == 77))"
        rm -f "$log"
}

soak() {
        stage "soak, 20 s"
        [ -s "$tally.soak" ] || run_soak
        cat "$root/build/soak.log"
        if [ "$(cat "$tally.soak")" = 0 ]; then count 1 0 0; else count 0 1 0; fi
}

fuzz() {
        stage "fuzz targets, 3 s each"
        log=$(mktemp)
        sh tests/fuzz.sh 3 >"$log" 2>&1
        status=$?
        cat "$log"
        found=$(grep -c ' FOUND$' "$log")
        [ "$status" = 0 ] || [ "$status" = 77 ] || [ "$found" -gt 0 ] || found=1
        count "$(grep -c ' no finding$' "$log")" "$found" "$((status == 77))"
        rm -f "$log"
}

usage() {
        sed -n '4,17s/^# \{0,1\}//p' "$0"
        exit "$1"
}

steps=
suites=
while [ $# -gt 0 ]; do
        case $1 in
        --unit) steps="$steps lint_and_unit" ;;
        --browser) steps="$steps browser" ;;
        --tsan) steps="$steps tsan" ;;
        --release) steps="$steps release" ;;
        --package) steps="$steps package" ;;
        --e2e) steps="$steps e2e" ;;
        --soak) steps="$steps soak" ;;
        --fuzz) steps="$steps fuzz" ;;
        --integration)
                steps="$steps integration"
                while [ $# -gt 1 ] && [ "${2#-}" = "$2" ]; do
                        suites="$suites $2"
                        shift
                done
                ;;
        -h | --help) usage 0 ;;
        *) usage 2 >&2 ;;
        esac
        shift
done
: "${steps:=lint_and_unit integration browser soak fuzz tsan release package e2e}"

sh packaging/dependencies.sh build test || {
        count 0 1 0
        finish
}
case $steps in
*fuzz*) sh packaging/dependencies.sh fuzz ;; # without, they are skipped
esac
case $steps in
*browser*) sh packaging/dependencies.sh browser ;; # likewise
esac
case $steps in
*package*) sh packaging/dependencies.sh package ;; # likewise
esac
case $steps in
*e2e*) sh packaging/dependencies.sh e2e ;; # likewise
esac
case $steps in
*lint_and_unit* | *integration* | *browser* | *soak*) build asan || finish ;;
esac
for step in $steps; do
        case $step in
        # shellcheck disable=SC2086
        integration) integration $suites ;;
        *) $step ;;
        esac
done
finish
