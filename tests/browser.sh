#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Drives the pages in a browser (chromium, without a window), as people would, and looks for what
# they would stumble over: search, sort, copy, keyboard, no JavaScript, light and dark, phone and
# wide, foreign requests, errors on the console, what axe says of accessibility, hostile content.
#
#     sh tests/browser.sh [PATTERN]       all of it, or the tests whose names match
#     sh tests/browser.sh --pictures      makes the pictures of the README: packaging/screenshots/
#
# NOTAFTER_BUILD names the build to test, build/asan by default. What the pages looked like is kept
# in build/browser/screenshots. The JavaScript packages that drive the browser are those of
# tests/browser/package-lock.json, and are kept in build/browser.
# Exit status 0: nothing failed; 77: there is no browser, no node, or no way to
# fetch what drives it.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$root/build/browser
lock=$root/tests/browser/package-lock.json

case ${1-} in
-h | --help) exec sed -n '4,16s/^# \{0,1\}//p' "$0" ;;
esac
CHROMIUM=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$CHROMIUM" ] || ! command -v node >/dev/null; then
        echo "skipped: there is no chromium or no node here (packaging/dependencies.sh browser)"
        exit 77
fi

# "NAME VERSION SHA-512" of each package of the lock file; none of them needs another one
packages() {
        node -e 'const { packages } = JSON.parse(require("fs").readFileSync(process.argv[1]))
                 for (const [path, { version, integrity }] of Object.entries(packages))
                         if (path) console.log(path.slice(13), version, integrity.slice(7))' "$lock"
}

# fetch NAME VERSION SHA-512: npm does no more, but is itself a thousand packages of Debian
fetch() {
        if ! curl -fsSL --retry 3 -o "$work/$1.tgz" "$registry/$1/-/$1-$2.tgz"; then
                echo "skipped: $registry does not give $1, which drives the browser"
                exit 77
        fi
        if [ "$(openssl dgst -sha512 -binary "$work/$1.tgz" | base64 -w 0)" != "$3" ]; then
                echo "browser.sh: $1 $2 of $registry is not what package-lock.json says" >&2
                exit 1
        fi
        mkdir -p "$work/node_modules/$1"
        tar -xzf "$work/$1.tgz" --strip-components=1 -C "$work/node_modules/$1"
        rm "$work/$1.tgz"
}

mkdir -p "$work"
if ! cmp -s "$lock" "$work/installed.json"; then
        registry=$(npm config get registry 2>/dev/null || echo https://registry.npmjs.org)
        registry=${registry%/}
        rm -rf "$work/node_modules"
        packages >"$work/packages"
        while read -r name version sha512; do
                fetch "$name" "$version" "$sha512"
        done <"$work/packages"
        cp "$root/tests/browser/package.json" "$work"
        cp "$lock" "$work/installed.json"
fi

export CHROMIUM PACKAGES="$work/package.json" SCREENSHOTS="$work/screenshots"
export NOTAFTER_BUILD="${NOTAFTER_BUILD:-$root/build/asan}"
if ! [ -x "$NOTAFTER_BUILD/daemon/app/notafter" ]; then
        echo "browser.sh: $NOTAFTER_BUILD/daemon/app/notafter is not built" >&2
        exit 1
fi
[ "${1-}" != --pictures ] ||
        exec node "$root/tests/browser/pictures.mjs" "$root/packaging/screenshots"
exec node --test-reporter=spec ${1:+--test-name-pattern="$1"} "$root/tests/browser/run.mjs"
