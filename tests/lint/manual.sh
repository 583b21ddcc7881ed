#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The manual pages are set without a warning: sh manual.sh PAGE...
# Exit status 77: neither mandoc nor groff is here.
set -eu

if command -v mandoc >/dev/null; then
        mandoc -T lint -W warning "$@"
elif command -v groff >/dev/null; then
        words=$(groff -man -Tutf8 -ww -z "$@" 2>&1)
        [ -z "$words" ] || {
                echo "$words"
                exit 1
        }
else
        exit 77
fi
