#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Is the program that is shipped hardened? Reads the ELF file, not the build's flags.
#
#     sh tests/lint/hardened.sh PROGRAM
set -u

program=$1
failed=0

# has WHAT PATTERN READELF-OPTION: the listing must hold the pattern
has() {
        if ! readelf -W "$3" "$program" | grep -Eq "$2"; then
                echo "$program: no $1"
                failed=1
        fi
}

has 'position-independent code' 'Type: *DYN' -h
has 'read-only relocations' 'GNU_RELRO' -l
has 'binding at start' 'BIND_NOW|FLAGS.*NOW' -d
has 'stack that is not executable' 'GNU_STACK.* RW ' -l
has 'stack protector' '__stack_chk_fail' -s
has 'fortified libc calls' '__[a-z]+printf_chk' -s
[ $failed -eq 1 ] || echo "$program is hardened"
exit $failed
