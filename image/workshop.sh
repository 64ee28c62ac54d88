# shellcheck shell=bash
#
# The workshop: a tree of Debian packages with compilers for the unit, the tools that
# make file systems, and the emulator. Everything that shapes an image runs in it, so
# that the machine around it does not matter. It sees the clone at /src, read-only,
# and one directory at /work, and mounts nothing outside a name space of its own.
#
# Needs setup/say.sh, setup/packages.sh, archive.sh. Sourced, never run.

# workshop_needs: what it is made of; pjsua2's own needs come from its recipe.
workshop_needs() {
    local package
    # shellcheck disable=SC2154  # from pjsua2/recipe.sh
    for package in "${build_packages[@]}"; do
        case $package in
            g++) ;;
            lib*-dev | uuid-dev) printf '%s:%s\n' "$package" "$architecture" ;;
            *) printf '%s\n' "$package" ;;
        esac
    done
    # shellcheck disable=SC2154  # from recipe/packages.sh
    printf '%s\n' "${workshop_packages[@]}"
}

build_workshop() { # DIRECTORY SOURCES
    local here architectures
    here=$(dpkg --print-architecture)
    architectures=$here
    [[ $here == "$architecture" ]] || architectures+=,$architecture
    as_root rm -rf "$1.new"
    # shellcheck disable=SC2154  # from recipe/packages.sh
    as_root mmdebstrap --variant=essential --architectures="$architectures" \
        --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --include="$(workshop_needs | sort -u | paste -sd,)" "$debian_suite" "$1.new" "$2" &&
        as_root mkdir -p "$1.new/src" "$1.new/work" && as_root mv "$1.new" "$1"
}

# inside WORKSHOP CLONE WORK COMMAND...
inside() {
    local tree=$1 source=$2 target=$3
    shift 3
    # shellcheck disable=SC2016  # expanded by the shell within
    as_root unshare --mount --pid --fork --kill-child bash -euc '
        workshop=$1 clone=$2 work=$3 epoch=$4; shift 4
        mount --bind -o ro "$clone" "$workshop/src"
        mount --bind "$work" "$workshop/work"
        mount -t proc proc "$workshop/proc"
        mount --rbind /dev "$workshop/dev"
        exec chroot "$workshop" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
            TZ=UTC SOURCE_DATE_EPOCH="$epoch" "$@"
    ' inside "$tree" "$source" "$target" "${SOURCE_DATE_EPOCH:-0}" "$@"
}
