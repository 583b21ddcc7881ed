#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Kills the daemon at random instants, again and again, while problems come and go and its receiver
# fails half of the time; then looks whether every change has arrived, and none in two forms:
#
#     sh tests/crash.sh [--seed SEED] [RUNS]        default 200 runs, some six minutes
#
# tests/integration/crash.py says what is done and what is asked.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=${NOTAFTER_BUILD:-$root/build/asan}

if [ -z "${NOTAFTER_BUILD-}" ]; then
        sh "$root/packaging/dependencies.sh" build test
        cd "$root"
        { cmake --preset asan -DNOTAFTER_TESTS=ON && cmake --build --preset asan; } >/dev/null
fi
NOTAFTER_BUILD=$build exec python3 "$root/tests/integration/crash.py" "$@"
