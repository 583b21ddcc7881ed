#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what a group of tasks needs, and nothing that is already there.
#
#     sh packaging/dependencies.sh GROUP...        groups:
#         build, test, browser, fuzz, bench, package, rpm, e2e
#
# The lists below are the only place that names packages. "package=command" counts as present when
# the command is; a bare package when the package manager knows it as installed. Group test includes
# the servers as far as they can be had: whoever has another mail server keeps it, and is told.
set -eu

debian_build='gcc=cc cmake=cmake ninja-build=ninja pkg-config=pkg-config libc6-dev ca-certificates
        libssl-dev libevent-dev libyaml-dev libsystemd-dev libc-ares-dev libcurl4-openssl-dev
        libsqlite3-dev libjansson-dev libidn2-dev libpsl-dev libexpat1-dev'
debian_test='libcmocka-dev nginx-light=nginx rsyslog=rsyslogd python3=python3 python3-jsonschema
        python3-yaml openssl=openssl curl=curl systemd=systemd-analyze util-linux=unshare
        bsdutils=logger rsyslog-openssl python3-aiosmtpd libfaketime iproute2=ip tinyproxy-bin=tinyproxy
        microsocks=microsocks prometheus-alertmanager=prometheus-alertmanager prometheus=promtool
        python3-prometheus-client prometheus-blackbox-exporter=prometheus-blackbox-exporter
        zsh=zsh fish=fish mandoc=mandoc groff-base=groff libseccomp2'
debian_servers='postfix dovecot-imapd dovecot-pop3d dovecot-managesieved dovecot-lmtpd proftpd-core
        proftpd-mod-crypto slapd prosody lua-sec postgresql mariadb-server-core inn2 inspircd ngircd'
debian_browser='chromium=chromium fonts-dejavu-core nodejs=node'
debian_fuzz='clang=clang libclang-rt-14-dev llvm=llvm-symbolizer'
debian_package='build-essential debhelper dpkg-dev=dpkg-buildpackage fakeroot=fakeroot lintian=lintian'
debian_e2e='systemd-container=systemd-nspawn debootstrap=debootstrap zstd=zstd util-linux=nsenter
        procps=pgrep'
debian_rpm='rpm=rpmbuild rpmlint=rpmlint'
debian_bench='prometheus-blackbox-exporter=prometheus-blackbox-exporter python3=python3'

fedora_build='gcc=cc cmake=cmake ninja-build=ninja pkgconf-pkg-config=pkg-config ca-certificates
        openssl-devel libevent-devel libyaml-devel systemd-devel c-ares-devel libcurl-devel
        sqlite-devel jansson-devel libidn2-devel libpsl-devel expat-devel'
fedora_test='libcmocka-devel nginx=nginx rsyslog=rsyslogd python3=python3 python3-jsonschema
        python3-pyyaml openssl=openssl curl=curl systemd=systemd-analyze util-linux=unshare
        iproute=ip libasan libubsan libtsan libfaketime tinyproxy=tinyproxy microsocks=microsocks
        zsh=zsh fish=fish mandoc=mandoc groff-base=groff libseccomp'
fedora_servers='postfix dovecot dovecot-pigeonhole proftpd openldap-servers prosody lua-sec
        postgresql-server mariadb-server inn ngircd rsyslog-openssl python3-aiosmtpd'
fedora_browser='chromium=chromium-browser dejavu-sans-fonts nodejs=node'
fedora_fuzz='clang=clang compiler-rt llvm=llvm-symbolizer'
fedora_rpm='rpm-build=rpmbuild rpmlint=rpmlint systemd-rpm-macros'
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
        [ -n "$entries" ] || die "no group called '$1' (build, test, browser, fuzz, bench, package, rpm, e2e)"
        for entry in $entries; do
                case $entry in
                *=*) command -v "${entry#*=}" >/dev/null || echo "${entry%=*}" ;;
                *) is_installed "$entry" || echo "$entry" ;;
                esac
        done
}

may_install() {
        [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null
}

as_root() {
        if [ "$(id -u)" -eq 0 ]; then
                "$@"
        else
                sudo "$@"
        fi
}

# Servers that only the tests use must not run as services of this machine: while packages are
# unpacked, a policy says so, unless the machine has one that is not ours, and afterwards those that
# are new are taken out of the start of the system. Nor may they drive out what is there. INN does
# not install on a machine without a domain unless its configuration names one; this one is its own
# but for that. Some shells run the EXIT trap only at a proper exit, so a signal becomes one.
install_debian() {
        as_root sh -euc '
                policy=/usr/sbin/policy-rc.d
                work=$(mktemp -d)
                log=$work/log
                services() {
                        ls /etc/init.d 2>/dev/null || true
                }
                leave() {
                        services >$work/after
                        for new in $(comm -13 $work/before $work/after); do
                                update-rc.d $new disable >/dev/null 2>&1 || true
                        done
                        rm -rf $work $ours
                }
                ours=
                services >$work/before
                trap leave EXIT
                trap "exit 129" HUP
                trap "exit 130" INT
                trap "exit 143" TERM
                if ! [ -e $policy ] || grep -q "for notafter" $policy; then
                        ours=$policy
                        printf "#!/bin/sh\n# for notafter\nexit 101\n" >$policy
                        chmod 755 $policy
                fi
                printf "%s\n" >$work/inn.conf "domain: localdomain" "mta: /usr/sbin/sendmail" \
                        "hismethod: hisv6" "ovmethod: tradindexed" "pathnews: /usr/lib/news" \
                        "pathetc: /etc/news" "pathdb: /var/lib/news" "pathspool: /var/spool/news"
                chmod -R a+rX $work
                export INNCONF=$work/inn.conf DEBIAN_FRONTEND=noninteractive
                apt="apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
                install="$apt install --no-install-recommends"

                $apt update >$log 2>&1 || true
                [ -z "$1" ] || $install $1 >>$log 2>&1 || {
                        tail -n 30 $log >&2
                        exit 1
                }
                $install --no-remove $2 >$log 2>&1 || for server in $2; do
                        $install --no-remove $server >$log 2>&1 || {
                                echo "Not installed, so not tested: $server"
                                grep ^E: $log || true
                        }
                done' install "$1" "$2" || die "apt-get could not install: $1"
}

install_fedora() {
        [ -z "$1" ] || as_root dnf -q -y install --setopt=install_weak_deps=False $1 ||
                die "dnf could not install: $1"
        [ -z "$2" ] || as_root dnf -q -y install --setopt=install_weak_deps=False \
                --setopt=strict=0 $2 || echo "Not all installed, so not all tested: $2"
}

[ $# -gt 0 ] || die "name a group: build, test, browser, fuzz, bench, package, rpm, e2e"
needed=
servers=
for group in "$@"; do
        list=$(missing "$group")
        needed="$needed $list"
        [ "$group" != test ] || servers=$(missing servers)
done
wanted=$(echo $needed $servers)
[ -z "$wanted" ] && exit 0
may_install || {
        [ -z "$(echo $needed)" ] ||
                die "these packages are missing and neither root nor sudo is at hand:" $needed
        echo "Not installed, so not tested:" $servers
        exit 0
}
echo "Installing: $wanted"
"install_$family" "$(echo $needed)" "$(echo $servers)"
