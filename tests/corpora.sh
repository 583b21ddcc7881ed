#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Scores `notafter check` on corpora of certificate chains with known truth:
#
#     sh tests/corpora.sh [FOLDER]
#
# FOLDER is the argument, else $NOTAFTER_CORPORA, else ../shared/corpora beside this checkout; where
# there is none, that is said and nothing fails. Builds the release. Exit status 0: every score that
# is asked for is reached. What failed is told in build/corpora.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

case ${1-} in
-h | --help)
        sed -n '4,10s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
esac
folder=${1:-${NOTAFTER_CORPORA:-$root/../shared/corpora}}
if ! [ -r "$folder/tools/run_cases.py" ]; then
        echo "skipped: there are no corpora in $folder"
        exit 0
fi
cd "$root"
sh packaging/dependencies.sh build
mkdir -p build
if ! { cmake --preset release && nice cmake --build --preset release --target notafter; } \
        >build/corpora.log 2>&1; then
        tail -n 30 build/corpora.log
        exit 1
fi
exec python3 tests/corpora.py "$(cd "$folder" && pwd)" build/release/daemon/app/notafter
