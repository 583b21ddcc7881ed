#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The units are what systemd would accept, and as closed as we say: sh unit.sh SERVICE SOCKET
# Exit status 77: systemd-analyze is not here.
set -eu

command -v systemd-analyze >/dev/null || exit 77
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

grep -q '^ExecStart=[^ ]* run -c /etc/notafter/notafter.yaml$' "$1" || {
        echo "$1: the configuration is not the one that the program and its manual name"
        exit 1
}
# the program need not be installed for the file to be right
sed 's|^\(Exec[A-Za-z]*\)=[^ ]*/notafter |\1=/bin/true |' "$1" >"$folder/notafter.service"
cp "$2" "$folder"
systemd-analyze verify --man=no --recursive-errors=yes "$folder/notafter.service" \
        "$folder/notafter.socket"
systemd-analyze security --help | grep -q -- --offline || exit 0
systemd-analyze security --offline=true --threshold=14 --no-pager "$folder/notafter.service" \
        >"$folder/report" || {
        cat "$folder/report"
        exit 1
}
tail -n 1 "$folder/report"
