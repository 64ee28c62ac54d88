#!/usr/bin/env bash
# Installs the telephones and servers that the tests call: baresip, sipp, nginx, dnsmasq, age, zbar and nftables from
# the machine's own distribution, Asterisk 22 and coturn from Debian forky in a tree of their own under the user's cache.
#
#   tests/peers/setup.sh            install and build what is missing; costs well under a second if nothing is
#   tests/peers/setup.sh --refresh  build the Asterisk tree anew from what forky offers today
#   tests/peers/setup.sh --where    print the Asterisk tree and do nothing else (exit 1 if there is none)
#
# The mirror is the machine's own, as apt knows it; where that is not Debian (Ubuntu), name one in
# DESKPHONE_DEBIAN_MIRROR. Nothing is written outside the package database and the cache.
set -euo pipefail

recipe=3 # raise it when the packages or options below change
suite=forky
major=22
tested='22.10.1'
packages=asterisk,asterisk-modules,coturn,kamailio,kamailio-outbound-modules
usual_seconds=85

cache=${XDG_CACHE_HOME:-$HOME/.cache}/deskphone/peers
arch=$(dpkg --print-architecture)
tree=$cache/asterisk

say() { printf 'peers: %s\n' "$*" >&2; }
die() {
    say "$1"
    shift
    for line in "$@"; do printf '       %s\n' "$line" >&2; done
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "root is needed for: $*" 'Run this script as root, or install sudo.'
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >&2
}

install_packages() {
    local wanted=() pair
    for pair in baresip:baresip-core sipp:sip-tester mount:mount mmdebstrap:mmdebstrap zstd:zstd ip:iproute2 \
        openssl:openssl flock:util-linux iptables:iptables nginx:nginx-light age:age dnsmasq:dnsmasq-base \
        zbarimg:zbar-tools nft:nftables; do
        command -v "${pair%%:*}" >/dev/null || wanted+=("${pair##*:}")
    done
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || wanted+=(debian-archive-keyring)
    [ ${#wanted[@]} -eq 0 ] && return
    say "installing ${wanted[*]} (telephones and servers that the tests call)"
    apt install -y --no-install-recommends "${wanted[@]}" && return
    say 'that failed; once more with fresh package lists'
    apt update
    apt install -y --no-install-recommends "${wanted[@]}" ||
        die "apt-get could not install: ${wanted[*]}" 'Its own words stand above; mend that and run this again.'
}

debian_mirror() {
    if [ -n "${DESKPHONE_DEBIAN_MIRROR:-}" ]; then
        printf '%s\n' "$DESKPHONE_DEBIAN_MIRROR"
        return
    fi
    # shellcheck disable=SC2016  # the names are apt's, not the shell's
    apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' |
        awk -F'|' '$1 == "Debian" && $2 !~ /-/ && !found { print $3; found = 1 }'
}

watch_build() { # pid log: one moving line on a terminal, one line every 15 s elsewhere
    local started=$SECONDS spent stage
    while kill -0 "$1" 2>/dev/null; do
        spent=$((SECONDS - started))
        stage=$(sed -n 's/^I: //p' "$2" | tail -n 1)
        if [ -t 2 ]; then
            printf '\r\033[Kpeers: Asterisk %s tree: %d s of about %d: %s' "$major" "$spent" "$usual_seconds" "$stage" >&2
        elif [ $((spent % 15)) -eq 0 ]; then
            say "Asterisk $major tree: $spent s of about $usual_seconds: $stage"
        fi
        sleep 1
    done
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
}

newest_tarball() {
    find "$cache" -maxdepth 1 -name "asterisk-*-$arch-r$recipe.tar.zst" -printf '%T@ %p\n' 2>/dev/null |
        sort -n | tail -n 1 | cut -d' ' -f2-
}

build() {
    local mirror work version builder
    mirror=$(debian_mirror)
    if [ -z "$mirror" ]; then
        apt update
        mirror=$(debian_mirror)
    fi
    [ -n "$mirror" ] || die 'apt knows no Debian mirror on this machine.' \
        "Name one:  DESKPHONE_DEBIAN_MIRROR=URL $0"
    work=$(mktemp -d "$cache/build.XXXXXX")
    as_root mmdebstrap --variant=essential --architectures="$arch" --include="$packages" \
        --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        "$suite" - "deb $mirror $suite main" 2>"$work/log" >"$work/tree.tar" &
    builder=$!
    # shellcheck disable=SC2064  # both are fixed now
    trap "kill $builder 2>/dev/null || true; rm -rf '$work'" EXIT
    watch_build "$builder" "$work/log"
    if ! wait "$builder"; then
        tail -n 25 "$work/log" >&2
        die "mmdebstrap could not build the $suite tree with Asterisk; the end of its log stands above." \
            "Mirror: $mirror. Run this again when that is mended; nothing half-built was kept."
    fi
    version=$(tar -xOf "$work/tree.tar" ./var/lib/dpkg/status |
        awk '/^Package: / { ours = $2 == "asterisk" } ours && /^Version: / { print $2 }' |
        sed -E 's/^[0-9]+://; s/[^0-9.].*$//')
    case $version in
    "$major".*) ;;
    *) die "$suite offers Asterisk ${version:-nothing}, the tests are written for $major." \
        "Try the tests with it, then set 'major' and 'tested' in $0." ;;
    esac
    case " $tested " in
    *" $version "*) ;;
    *) say "note: Asterisk $version is not among the versions tested ($tested)" ;;
    esac
    zstd -q -10 -T0 "$work/tree.tar" -o "$work/tree.tar.zst"
    mv "$work/tree.tar.zst" "$cache/asterisk-$version-$arch-r$recipe.tar.zst"
    rm -rf "$work"
    trap - EXIT
}

unpack() { # tarball folder; device nodes stay out, so no privilege is needed
    local work
    work=$(mktemp -d "$cache/unpack.XXXXXX")
    if ! zstd -dc -q "$1" | tar -x -C "$work" --no-same-owner --exclude='./dev/*'; then
        rm -rf "$work"
        rm -f "$1"
        die "$1 could not be unpacked and was removed." "Is the disk full? Otherwise run $0 again."
    fi
    chmod 755 "$work"
    mkdir -p "$work/tmp"
    chmod 1777 "$work/tmp"
    mv -T "$work" "$2"
}

case ${1:-} in
--where)
    [ -x "$tree/usr/sbin/asterisk" ] || exit 1
    realpath "$tree"
    exit
    ;;
'' | --refresh) ;;
*) die "unknown option $1" "usage: $0 [--refresh|--where]" ;;
esac

install_packages
mkdir -p "$cache"
exec 9>"$cache/lock"
flock -n 9 || { say 'another run is building the same; waiting for it' && flock 9; }

tarball=$(newest_tarball)
if [ -z "$tarball" ] || [ "${1:-}" = --refresh ]; then
    say "building an Asterisk $major tree from Debian $suite, once (cached in $cache)"
    build
    tarball=$(newest_tarball)
fi
folder=${tarball%.tar.zst}
[ "${1:-}" = --refresh ] && rm -rf "$folder"
if [ ! -x "$folder/usr/sbin/asterisk" ]; then
    rm -rf "$folder"
    unpack "$tarball" "$folder"
fi
ln -sfn "$(basename "$folder")" "$tree"
say "ready: $(basename "$folder" | cut -d- -f1,2), $(baresip -v 2>&1 | grep -oE -m 1 'baresip v[0-9.]+' || true), sipp $(sipp -v 2>&1 | grep -oE -m 1 'v[0-9.]+' || true)"
