#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds what is shipped and measures it:
#
#     sh tests/bench/run.sh validate [ROUNDS]     microseconds per verdict, beside plain OpenSSL
#     sh tests/bench/run.sh speed [ROUNDS]        CPU per probe of the daemon, beside a bare loop
#                                                 around OpenSSL and blackbox_exporter (5 minutes)
#     sh tests/bench/run.sh scale [SIZE...]       what 100,000 and 1,000,000 endpoints cost: load,
#                                                 memory, CPU, the schedule (8 minutes)
#     sh tests/bench/run.sh web [SIZE]            what being looked at costs, with 1,000,000
#                                                 endpoints: pages, metrics, throughput (5 minutes)
#     sh tests/bench/run.sh lists                 how long a list of 1,000,000 endpoints, a search
#                                                 or a filter holds the main loop (20 seconds)
#     sh tests/bench/run.sh alert                 100,000 problems at once: of one certificate, and
#                                                 each of its own
#
# Installs what it needs. Exit status 0: within the limits it prints.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)

usage() {
        sed -n '4,18s/^# \{0,1\}//p' "$0"
        exit "$1"
}

needs=build
case ${1-} in
validate) targets=bench_validate ;;
speed)
        targets='notafter bench_speed_server bench_speed_bare'
        needs='build bench'
        ;;
alert) targets=bench_alert ;;
lists) targets=bench_lists ;;
scale | web)
        targets='notafter bench_speed_server'
        needs='build bench'
        ;;
-h | --help) usage 0 ;;
*) usage 2 >&2 ;;
esac
name=$1
shift
cd "$root"
# shellcheck disable=SC2086
sh packaging/dependencies.sh $needs
mkdir -p build
# shellcheck disable=SC2086
if ! { cmake --preset release -DNOTAFTER_BENCH=ON &&
        nice cmake --build --preset release --target $targets; } >build/bench.log 2>&1; then
        tail -n 30 build/bench.log
        exit 2
fi
case $name in
speed | scale | web) exec python3 "tests/bench/$name.py" "$@" ;;
*) exec "build/release/tests/bench/bench_$name" "$@" ;;
esac
