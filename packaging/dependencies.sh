#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what a group of tasks needs, and nothing that is already there.
#
#     sh packaging/dependencies.sh GROUP...        groups: build, test, fuzz, bench
#
# The lists below are the only place that names packages. "package=command" counts as present when
# the command is; a bare package when the package manager knows it as installed.
set -eu

debian_build='gcc=cc cmake=cmake ninja-build=ninja pkg-config=pkg-config libc6-dev ca-certificates
        libssl-dev libevent-dev libyaml-dev libsystemd-dev libc-ares-dev libcurl4-openssl-dev
        libsqlite3-dev libjansson-dev libidn2-dev libpsl-dev'
debian_test='libcmocka-dev nginx-light=nginx rsyslog=rsyslogd python3=python3 python3-jsonschema
        openssl=openssl curl=curl systemd=systemd-analyze util-linux=unshare bsdutils=logger'
debian_fuzz='clang=clang libclang-rt-14-dev llvm=llvm-symbolizer'
debian_bench='prometheus-blackbox-exporter=prometheus-blackbox-exporter python3=python3'

fedora_build='gcc=cc cmake=cmake ninja-build=ninja pkgconf-pkg-config=pkg-config ca-certificates
        openssl-devel libevent-devel libyaml-devel systemd-devel c-ares-devel libcurl-devel
        sqlite-devel jansson-devel libidn2-devel libpsl-devel'
fedora_test='libcmocka-devel nginx=nginx rsyslog=rsyslogd python3=python3 python3-jsonschema
        openssl=openssl curl=curl systemd=systemd-analyze util-linux=unshare libasan libubsan
        libtsan'
fedora_fuzz='clang=clang compiler-rt llvm=llvm-symbolizer'
fedora_bench='golang-github-prometheus-blackbox-exporter=prometheus-blackbox-exporter
        python3=python3'

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

die() {
        echo "dependencies.sh: $*" >&2
        exit 1
}

if command -v apt-get >/dev/null; then
        family=debian
elif command -v dnf >/dev/null; then
        family=fedora
else
        die "neither apt-get nor dnf is here; install by hand what this file lists"
fi

is_installed() {
        case $family in
        debian) dpkg -s "$1" 2>/dev/null | grep -q '^Status: .* installed$' ;;
        fedora) rpm -q --whatprovides "$1" >/dev/null 2>&1 ;;
        esac
}

# missing GROUP: names of its packages that are not there
missing() {
        eval "entries=\${${family}_$1-}"
        [ -n "$entries" ] || die "no group called '$1' (build, test, fuzz, bench)"
        for entry in $entries; do
                case $entry in
                *=*) command -v "${entry#*=}" >/dev/null || echo "${entry%=*}" ;;
                *) is_installed "$entry" || echo "$entry" ;;
                esac
        done
}

as_root() {
        if [ "$(id -u)" -eq 0 ]; then
                "$@"
        elif command -v sudo >/dev/null; then
                sudo "$@"
        else
                die "these packages are missing and neither root nor sudo is at hand:" $wanted
        fi
}

# Servers that only the tests use must not start as services of this machine: while packages are
# unpacked, a policy says so, unless the machine has a policy of its own. Some shells run the EXIT
# trap only at a proper exit, so that a signal has to become one.
install_debian() {
        as_root sh -euc '
                policy=/usr/sbin/policy-rc.d
                log=$(mktemp)
                trap "rm -f $log" EXIT
                trap "exit 129" HUP
                trap "exit 130" INT
                trap "exit 143" TERM
                if ! [ -e $policy ]; then
                        trap "rm -f $log $policy" EXIT
                        printf "#!/bin/sh\nexit 101\n" >$policy
                        chmod 755 $policy
                fi
                export DEBIAN_FRONTEND=noninteractive
                apt="apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
                { $apt update && $apt install --no-install-recommends "$@"; } >$log 2>&1 || {
                        tail -n 30 $log >&2
                        exit 1
                }' install "$@" || die "apt-get could not install: $*"
}

install_fedora() {
        as_root dnf -q -y install --setopt=install_weak_deps=False "$@" ||
                die "dnf could not install: $*"
}

[ $# -gt 0 ] || die "name a group: build, test, fuzz, bench"
wanted=
for group in "$@"; do
        list=$(missing "$group")
        wanted="$wanted $list"
done
wanted=$(echo $wanted)
[ -z "$wanted" ] && exit 0
echo "Installing: $wanted"
"install_$family" $wanted
