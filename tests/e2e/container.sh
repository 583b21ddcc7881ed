# SPDX-License-Identifier: Apache-2.0
#
# A small Debian with systemd as its first process, in a container without a network. To be sourced:
#
#     container_root FOLDER PACKAGE...   fills FOLDER, from a copy that is at most a week old
#     container_boot FOLDER NAME         returns when systemd has started all of it
#     container COMMAND...               runs a command in there, as root
#     container_stop
#
# None of it needs systemd, or a terminal, on the machine itself; root it needs. What goes wrong is
# told on standard error.

container_cache=${NOTAFTER_TEST_CACHE:-/var/cache/notafter-tests}
container_pid=
container_init=

# container_make FILE PACKAGES: the root as an archive. A copy of the machine's release, from where
# the machine has its own packages.
container_make() {
        release=$(. /etc/os-release && echo "$VERSION_CODENAME")
        mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\{0,1\}\(http[^ ]*\) .*/\2/p' \
                /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -n 1)
        new=$(mktemp -d "$container_cache/new.XXXXXX")
        if debootstrap --variant=minbase --include="$2" "$release" "$new/root" "$mirror" \
                >"$new/log" 2>&1 </dev/null; then
                rm -rf "$new"/root/var/cache/apt/* "$new"/root/var/lib/apt/lists/* \
                        "$new/root/etc/hostname"
                : >"$new/root/etc/machine-id"
                printf '127.0.0.1 localhost\n::1 localhost\n' >"$new/root/etc/hosts"
                echo 'nameserver 127.0.0.1' >"$new/root/etc/resolv.conf"
                tar -C "$new/root" --numeric-owner --xattrs -I 'zstd -3 -T0' -cf "$new/tar" . &&
                        mv "$new/tar" "$1"
        else
                tail -n 5 "$new/log" >&2
        fi
        rm -rf "$new"
        [ -f "$1" ]
}

container_root() {
        folder=$1
        shift
        packages=$(printf '%s\n' systemd-sysv dbus "$@" | sort -u | paste -s -d ,)
        archive=$container_cache/root-$(printf %s "$packages" | sha256sum | cut -c 1-12).tar.zst
        mkdir -p "$container_cache"
        find "$container_cache" -maxdepth 1 -name 'root-*.tar.zst' -mtime +6 -delete
        [ -f "$archive" ] || container_make "$archive" "$packages" || return
        tar -C "$folder" --numeric-owner --xattrs -I zstd -xf "$archive"
}

# All capabilities but what the service gives up itself, and bpf(2): otherwise there would be less
# for its sandbox to take away than on a real machine.
container_boot() {
        container_name=$2
        container_log=$1.log
        for hierarchy in systemd unified; do
                [ ! -d /sys/fs/cgroup/$hierarchy ] || mkdir -p "/sys/fs/cgroup/$hierarchy/$2"
        done
        sh -c '
                for procs in /sys/fs/cgroup/systemd/$1 /sys/fs/cgroup/unified/$1; do
                        [ ! -d $procs ] || echo $$ >$procs/cgroup.procs
                done
                export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
                exec systemd-nspawn --quiet --register=no --keep-unit --boot --directory="$0" \
                        --machine="$1" --private-network --resolv-conf=off --timezone=off \
                        --link-journal=no --capability=all --system-call-filter=bpf \
                        --console=pipe' "$1" "$2" </dev/null >"$container_log" 2>&1 &
        container_pid=$!
        for _ in $(seq 300); do
                container_init=$(pgrep -P "$container_pid" -x systemd) &&
                        container test -S /run/systemd/private 2>/dev/null && break
                kill -0 "$container_pid" 2>/dev/null || break
                sleep 0.1
        done
        [ -n "$container_init" ] &&
                [ "$(container timeout 60 systemctl is-system-running --wait)" = running ] || {
                tail -n 5 "$container_log" >&2
                return 1
        }
}

container() {
        nsenter -t "$container_init" -a --wd=/ env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
                LANG=C.UTF-8 "$@"
}

# The signal is systemd's for "power off".
container_stop() {
        [ -n "$container_pid" ] || return 0
        [ -z "$container_init" ] || kill -s RTMIN+4 "$container_init" 2>/dev/null || :
        for _ in $(seq 150); do
                kill -0 "$container_pid" 2>/dev/null || break
                sleep 0.1
        done
        kill -KILL $container_init "$container_pid" 2>/dev/null || :
        wait "$container_pid" 2>/dev/null || :
        for hierarchy in systemd unified; do
                [ ! -d "/sys/fs/cgroup/$hierarchy/$container_name" ] ||
                        find "/sys/fs/cgroup/$hierarchy/$container_name" -depth -type d \
                                -exec rmdir {} + 2>/dev/null || :
        done
        container_pid=
        container_init=
}
