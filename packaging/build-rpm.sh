#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the RPM package from what is committed, and asks rpmlint about it:
#
#     sh packaging/build-rpm.sh            leaves it in build/rpm
#
# Installs what that needs (packaging/dependencies.sh). On a machine without Fedora's macros, such as
# Debian, those of packaging/rpm/macros.elsewhere stand in, and what the spec file requires for the
# build is not looked for.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$root/build/rpm
spec=packaging/rpm/notafter.spec
cd "$root"
sh packaging/dependencies.sh build rpm

rm -rf "$work"
mkdir -p "$work/SOURCES"
version=$(sed -n 's/^Version: *//p' $spec)
git archive --prefix="notafter-$version/" -o "$work/SOURCES/notafter-$version.tar.gz" HEAD

set -- --define "_topdir $work"
[ "$(rpm --eval '%{_unitdir}')" != '%{_unitdir}' ] ||
        set -- "$@" --load packaging/rpm/macros.elsewhere --nodeps
rpmbuild "$@" -ba $spec >"$work/build.log" 2>&1 || {
        tail -n 40 "$work/build.log" >&2
        echo "build-rpm.sh: the whole story is in $work/build.log" >&2
        exit 1
}
rpmlint --config packaging/rpm/rpmlint.toml $spec "$work"/RPMS/*/*.rpm "$work"/SRPMS/*.rpm
ls -l "$work"/RPMS/*/*.rpm
