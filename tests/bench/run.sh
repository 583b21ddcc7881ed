#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds what is shipped and measures it:
#
#     sh tests/bench/run.sh validate [ROUNDS]     microseconds per verdict, beside plain OpenSSL
#
# Exit status 0: within the limits it prints.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)

usage() {
        sed -n '4,8s/^# \{0,1\}//p' "$0"
        exit "$1"
}

case ${1-} in
validate) ;;
-h | --help) usage 0 ;;
*) usage 2 >&2 ;;
esac
name=$1
shift
cd "$root"
sh packaging/dependencies.sh build
mkdir -p build
if ! { cmake --preset release -DNOTAFTER_BENCH=ON &&
        nice cmake --build --preset release --target "bench_$name"; } >build/bench.log 2>&1; then
        tail -n 30 build/bench.log
        exit 2
fi
exec "build/release/tests/bench/bench_$name" "$@"
