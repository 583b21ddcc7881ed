#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the Debian package from what is committed (or from a source without git), and asks lintian
# about it:
#
#     sh packaging/build-deb.sh            leaves it in build/packages
#     sh packaging/build-deb.sh --tests    runs the unit tests while building
#
# Installs what that needs (packaging/dependencies.sh); the build itself needs no network, and has
# none where the kernel lets us take it away. The same commit makes the same packages. Exit status
# 77: not here.
set -eu

usage() {
        sed -n '4,13s/^# \{0,1\}//p' "$0"
        exit "$1"
}

export DEB_BUILD_OPTIONS=nocheck DEB_BUILD_PROFILES=nocheck
groups='build package'
command -v dpkg >/dev/null || {
        echo "build-deb.sh: this machine knows no Debian packages"
        exit 77
}
case ${1-} in
'') ;;
--tests) unset DEB_BUILD_OPTIONS DEB_BUILD_PROFILES && groups='build package test' ;;
-h | --help) usage 0 ;;
*) usage 2 >&2 ;;
esac

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$root/build/packages
cd "$root"
# shellcheck disable=SC2086
sh packaging/dependencies.sh $groups

rm -rf "$work"
mkdir -p "$work/source"
if [ -e .git ]; then
        git -c safe.directory="$root" archive HEAD
else
        tar -c --exclude=./build .
fi | tar -x -C "$work/source"
cp -R "$work/source/packaging/debian" "$work/source/debian"

# Tests find loopback in there. Root stays who it is: to tests, other users must be others.
offline='unshare --net --'
[ "$(id -u)" = 0 ] || offline='unshare --map-root-user --net --'
$offline true 2>/dev/null || offline=
cd "$work/source"
$offline sh -c 'ip link set lo up 2>/dev/null
        exec dpkg-buildpackage --no-sign' >"$work/build.log" 2>&1 || {
        tail -n 40 "$work/build.log" >&2
        echo "build-deb.sh: the whole story is in $work/build.log" >&2
        exit 1
}
cd "$work"
rm -rf source
lintian --allow-root --fail-on error,warning --tag-display-limit 0 ./*.changes
ls -l ./*.deb
