#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Lets the daemon work for a while under AddressSanitizer and looks whether anything is lost or grows:
#
#     sh tests/soak.sh [SECONDS]        default 600; the longer, the more its figures mean
#
# tests/integration/soak.py says what is done and what is asked.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=${NOTAFTER_BUILD:-$root/build/asan}

if [ -z "${NOTAFTER_BUILD-}" ]; then
        sh "$root/packaging/dependencies.sh" build test
        cd "$root"
        { cmake --preset asan -DNOTAFTER_TESTS=ON && cmake --build --preset asan; } >/dev/null
fi
NOTAFTER_BUILD=$build exec python3 "$root/tests/integration/soak.py" "$@"
