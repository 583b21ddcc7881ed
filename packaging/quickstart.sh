#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# From a fresh machine to monitoring, in one command:
#
#     sh packaging/quickstart.sh                        shows the demo: every classic mistake, caught
#     sh packaging/quickstart.sh example.com host:8443  monitors these
#
# Installs what the build needs (packaging/dependencies.sh), builds, and starts in the foreground.
set -eu

die() {
        echo "quickstart.sh: $*" >&2
        exit 2
}

case ${1-} in
-h | --help)
        sed -n '4,8s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
-*) die "targets look like example.com or host:8443, not '$1'" ;;
esac

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
notafter=$root/build/release/daemon/app/notafter
folder=${XDG_STATE_HOME:-${HOME:+$HOME/.local/state}}
state=$folder/notafter

# quietly COMMAND...: its output is shown only when it fails
quietly() {
        mkdir -p "$root/build"
        "$@" >"$root/build/quickstart.log" 2>&1 || {
                tail -n 40 "$root/build/quickstart.log" >&2
                echo "quickstart.sh: failed: $*" >&2
                exit 1
        }
}

build() {
        echo "Building in $root/build/release ..."
        cd "$root"
        quietly cmake --preset release -DNOTAFTER_TESTS=OFF
        quietly cmake --build --preset release
        cd "$OLDPWD"
}

# configure TARGET...: prints the configuration that monitors them
configure() {
        echo "# Made by packaging/quickstart.sh. notafter.yaml(5) tells what else may stand here."
        echo "state: '$state'"
        echo "socket: '$state/control'"
        echo "endpoints:"
        for target in "$@"; do
                printf "  - '%s'\n" "$(printf %s "$target" | sed "s/'/''/g")"
        done
}

# explain TARGET...: from standard input, "FILE:LINE:COLUMN: why" as what the person wrote and why;
# configure() writes the first target on line 5
explain() {
        while IFS= read -r complaint; do
                place=${complaint#"$file.new:"}
                number=${place%%:*}
                why=${place#*:*: }
                case $number in
                '' | *[!0-9]*) number=0 why=$complaint ;;
                esac
                number=$((number - 4))
                why=${why%" at $file.new:"*} # where the same endpoint stands already
                if [ $number -ge 1 ] && [ $number -le $# ]; then
                        eval "why=\"cannot watch '\${$number}': \$why\""
                fi
                echo "quickstart.sh: $why" >&2
        done
}

[ $# -eq 0 ] || [ -n "$folder" ] || die "neither HOME nor XDG_STATE_HOME says where to keep state"
sh "$root/packaging/dependencies.sh" build
build
[ $# -gt 0 ] || exec "$notafter" demo

if "$notafter" status --socket "$state/control" >/dev/null 2>&1; then
        die "an earlier quickstart is still running with $state/notafter.yaml; end it first (Ctrl-C" \
                "in its terminal), or edit that file and send it SIGHUP"
fi
umask 077
mkdir -p "$state"
file=$state/notafter.yaml
configure "$@" >"$file.new"
complaints=$("$notafter" config check "$file.new" 2>&1 >/dev/null) || {
        rm -f "$file.new"
        printf '%s\n' "$complaints" | explain "$@"
        exit 2
}
if [ -e "$file" ] && ! cmp -s "$file" "$file.new"; then
        old=$file.$(date +%Y%m%d-%H%M%S)
        mv "$file" "$old"
        echo "The configuration of an earlier run is kept as $old"
fi
mv "$file.new" "$file"

"$notafter" check "$@" || true # the first answer; monitoring tells what changes from then on
echo
echo "Monitoring as configured in $file. Ctrl-C ends it; another terminal may ask:"
echo "    $notafter status -c $file"
exec "$notafter" run -c "$file"
