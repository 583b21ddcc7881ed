#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The Debian package as an operator has it, on a machine with systemd:
#
#     sh tests/e2e/systemd.sh [PACKAGE.deb]         unless given, it is built
#
# The machine is a container without a network, made by debootstrap once a week and kept in
# /var/cache/notafter-tests. tests/e2e/story.py says what is done in there and what is asked. The
# last line tells the sum. Exit status 77: no such machine can be had here, and why is told.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/tests/e2e/container.sh"

skip() {
        echo "skipped: $*" >&2
        exit 77
}

leave() {
        container_stop
        [ -z "$work" ] || rm -rf "$work"
}

[ "$(id -u)" = 0 ] || skip "a container needs root"
for command in systemd-nspawn debootstrap zstd nsenter pgrep; do
        command -v $command >/dev/null ||
                skip "$command is not here; sh packaging/dependencies.sh e2e installs it"
done
if [ $# -gt 0 ]; then
        package=$1
else
        sh "$root/packaging/build-deb.sh"
        package=$(find "$root/build/packages" -name 'notafter_*.deb')
fi

work=
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
work=$(mktemp -d /var/tmp/notafter-e2e.XXXXXX)
mkdir -m 755 "$work/root"
needs=$(dpkg-deb --field "$package" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
# shellcheck disable=SC2086
container_root "$work/root" $needs openssl python3 python3-aiosmtpd rsyslog rsyslog-openssl ||
        skip "debootstrap could not make a root"

story=$work/root/opt/notafter-tests
mkdir -p "$story"
cp "$package" "$story/notafter.deb"
cp "$root"/tests/e2e/*.py "$story"
cp -R "$root/tests/integration/support" "$story"
cp -R "$root/packaging/debian/tests" "$story/debian-tests"
chmod -R a+rX "$story"

container_boot "$work/root" "notafter-e2e-$$" || skip "systemd does not start in a container"
container python3 -B "${story#"$work/root"}/story.py"
