#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the Debian package from what is committed, and asks lintian about it:
#
#     sh packaging/build-deb.sh            leaves it in build/packages
#
# Installs what that needs (packaging/dependencies.sh).
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$root/build/packages
cd "$root"
sh packaging/dependencies.sh build package

rm -rf "$work"
mkdir -p "$work/source"
git archive HEAD | tar -x -C "$work/source"
cp -R "$work/source/packaging/debian" "$work/source/debian"
cd "$work/source"
dpkg-buildpackage --build=binary --no-sign >"$work/build.log" 2>&1 || {
        tail -n 40 "$work/build.log" >&2
        echo "build-deb.sh: the whole story is in $work/build.log" >&2
        exit 1
}
cd "$work"
rm -rf source
lintian --fail-on error,warning --tag-display-limit 0 ./*.changes
ls -l ./*.deb
