#!/usr/bin/env bash
#
# Makes the bootable image: `build.sh [--again]`, what `make image` calls. Stages are
# cached and each is repeated only when something that it is made of has changed; an
# interrupted run is taken up where it stopped. `--again` builds the image a second
# time from the same packages, from nothing, and compares. README.md tells the rest.

set -euo pipefail
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
clone=$(cd "$here/.." && pwd)
# shellcheck source=./setup/say.sh
. "$here/setup/say.sh"
# shellcheck source=./setup/packages.sh
. "$here/setup/packages.sh"
# shellcheck source=./pjsua2/source.sh
. "$here/pjsua2/source.sh"
# shellcheck source=./pjsua2/recipe.sh
. "$here/pjsua2/recipe.sh"
# shellcheck source=./recipe/packages.sh
. "$here/recipe/packages.sh"
# shellcheck source=./archive.sh
. "$here/archive.sh"
# shellcheck source=./workshop.sh
. "$here/workshop.sh"

readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/deskphone/image out=$clone/build/image
readonly index_days=7 largest=$((220 * 1000 * 1000))
mkdir -p "$cache" "$out"
readonly build_log=$cache/build.log
exec 9>"$cache/lock"
flock --nonblock 9 || fail 'another image is being built' 'wait for it, then run the same command again'
: >"$build_log"

SOURCE_DATE_EPOCH=$(git -C "$clone" log -1 --format=%ct)
export SOURCE_DATE_EPOCH
hash_of() { cat "$@" | sha256sum | cut -c1-16; }

give_up() {
    tail -n 15 "$build_log" >&2
    fail "$1" "the whole output is in $build_log" 'then run the same command again: it goes on from here'
}

# stage WORK NAME KEY WORDS COMMAND...: unless it was done with the same key.
stage() {
    local work=$1 name=$2 key=$3 words=$4
    shift 4
    [[ $(cat "$work/$name.key" 2>/dev/null) != "$key" ]] || return 0
    rm -f "$work/$name.key"
    step "$words" "$build_log" "$@" || give_up "$words did not succeed"
    printf '%s\n' "$key" >"$work/$name.key"
}

# --- What it is made with and of -------------------------------------------------
install_packages 'to build the image' mmdebstrap debian-archive-keyring python3-venv git zstd mtools util-linux
unit_apt "$cache/apt" || fail "apt's configuration names no archive of Debian" \
    'name one: DESKPHONE_DEBIAN_MIRROR=URI make image'
readonly apt_conf=$cache/apt/apt.conf

refresh() { apt-get -c "$apt_conf" -qq update; }
if [[ -z $(find "$cache/apt/refreshed" -mtime "-$index_days" 2>/dev/null) ]]; then
    step 'Reading the indexes of the archive' "$build_log" refresh || give_up 'the indexes could not be read'
    touch "$cache/apt/refreshed"
fi

workshop_key=$(workshop_needs | sha256sum | cut -c1-16)
readonly workshop=$cache/workshop-$workshop_key
if [[ ! -d $workshop ]]; then
    cp "$cache/apt/unit.sources" "$cache/workshop.sources"
    step 'Making the workshop (compilers, tools, emulator)' "$build_log" \
        build_workshop "$workshop" "$cache/workshop.sources" || give_up 'the workshop could not be made'
fi
ln -sfn "$workshop" "$cache/workshop"

# Functions run by `step` chain their commands: errexit does not reach in there.

fetch() { # CONF WORK: exactly the packages that the indexes name today
    local conf=$1 work=$2
    local -a kernel
    mapfile -t kernel < <(kernel_names "$conf")
    ((${#kernel[@]} == 3)) || {
        echo "expected a kernel of three packages, found: ${kernel[*]-none}"
        return 1
    }
    rm -rf "$work"/{debs,kernel} &&
        mkdir -p "$work"/{debs/partial,kernel} &&
        apt-get -c "$conf" -o Dir::Cache::Archives="$work/debs" -q --yes --download-only \
            install "${root_packages[@]}" &&
        rm -rf "$work"/debs/{partial,lock} &&
        cd "$work/kernel" &&
        apt-get -c "$conf" -q download "${boot_packages[@]}" "${kernel[@]}"
}

wheels() { # WORK
    local work=$1 pip=$cache/pip
    [[ -x $pip/bin/pip ]] || python3 -m venv "$pip" || return
    # Every file by the hash that the lock names; nothing is built here.
    rm -rf "$work/wheels" && mkdir -p "$work/wheels" &&
        "$pip/bin/pip" install --quiet --require-hashes --no-deps -r "$clone/requirements-build.txt" &&
        "$pip/bin/pip" download --quiet --no-input --no-deps --require-hashes --no-build-isolation \
        --python-version 3.13 --implementation cp --abi cp313 --abi abi3 --abi none \
        --platform manylinux_2_34_aarch64 --platform manylinux_2_28_aarch64 \
        --platform manylinux_2_27_aarch64 --platform manylinux_2_17_aarch64 \
        --platform manylinux2014_aarch64 --dest "$work/wheels" -r "$clone/requirements-unit.txt" &&
        inside "$workshop" "$clone" "$work" bash /src/image/recipe/wheels.sh /work/wheels
}

pjsua2() { # WORK SOURCE
    mkdir -p "$1/pjsua2" && cp "$2" "$1/pjsua2/source.tar.xz" &&
        inside "$workshop" "$clone" "$1" bash /src/image/pjsua2/cross.sh /work/pjsua2/source.tar.xz /work/pjsua2
}

application() { # WORK: what git knows of it, whoever may read the clone, and the wheels beside it
    local work=$1
    as_root rm -rf "$work/application" "$work/root" && mkdir -p "$work/application" &&
        (cd "$clone" && git ls-files -z appliance hw image/files |
            xargs -0 cp --no-dereference --parents --target-directory "$work/application") &&
        chmod -R u=rwX,go=rX "$work/application" &&
        as_root cp -a "$work/base" "$work/root" &&
        cp "$work"/pjsua2/pjsua2-*.whl "$work/wheels/" &&
        in_recipe "$work" rootfs.sh application && in_recipe "$work" rootfs.sh settle &&
        in_recipe "$work" rootfs.sh bill && in_recipe "$work" rootfs.sh bytecode &&
        in_recipe "$work" rootfs.sh prove
}

in_recipe() { # WORK SCRIPT ARGUMENT...
    local work=$1 script=$2
    shift 2
    inside "$workshop" "$clone" "$work" bash "/src/image/recipe/$script" "$@"
}

base() { # WORK
    in_recipe "$1" rootfs.sh packages && in_recipe "$1" rootfs.sh kernel && in_recipe "$1" rootfs.sh keep_base
}

card() { # WORK
    local part
    in_recipe "$1" boot.sh initramfs || return
    for part in root_image settings slots data assemble; do in_recipe "$1" card.sh "$part" || return; done
}

# image WORK: deskphone.img in it.
image() {
    local work=$1 key files version='' tarball='' hash='' uri='' offered
    mkdir -p "$work"
    key=$(hash_of "$cache/apt/lists"/*Packages* "$here/recipe/packages.sh")
    stage "$work" fetched "$key" 'Fetching the packages of the unit' fetch "$apt_conf" "$work"
    compgen -G "$work/kernel/*$kernel_tried*" >/dev/null ||
        say "note: the kernel is a newer one than $kernel_tried, which was tried"

    key=$(hash_of "$here"/pjsua2/{recipe,cross}.sh "$here"/pjsua2/*.[ch] <(echo "$workshop_key"))
    if [[ $(cat "$work/pjsua2.key" 2>/dev/null) != "$key" ]]; then
        mkdir -p "$cache/source"
        offered=$(newest_source "$cache/source") || fail 'the index of PJSIP'"'"'s source cannot be read'
        read -r version tarball hash uri <<<"$offered"
        fetch_source "$cache/source" "$tarball" "$hash" "$uri" >>"$build_log" 2>&1 || give_up 'no source of PJSIP'
        [[ $(cat "$work/pjsua2.began" 2>/dev/null) == "$key" ]] || as_root rm -rf "$work/pjsua2"
        printf '%s\n' "$key" >"$work/pjsua2.began"
        stage "$work" pjsua2 "$key" "Compiling pjsua2 of asterisk $version for the unit" \
            pjsua2 "$work" "$cache/source/$tarball"
    fi
    key=$(hash_of "$clone"/requirements-{unit,build}.txt "$here/recipe/wheels.sh" <(echo "$workshop_key"))
    stage "$work" wheels "$key" 'Fetching and compiling the Python packages' wheels "$work"

    files=$(cd "$work" && printf '%s\n' debs/* kernel/*)
    key=$(hash_of <(echo "$files") "$here"/recipe/{packages,rootfs}.sh <(echo "$workshop_key"))
    stage "$work" base "$key" 'Unpacking the root' base "$work"
    key=$(
        cd "$clone" && git ls-files -s appliance hw image | sha256sum
        git diff HEAD -- appliance hw image | sha256sum
        cat "$work"/{pjsua2,wheels,base}.key
        echo "$SOURCE_DATE_EPOCH"
    )
    key=$(sha256sum <<<"$key" | cut -c1-16)
    stage "$work" root "$key" 'Putting the application in' application "$work"
    stage "$work" card "$key" 'Assembling the card' card "$work"
    stage "$work" delivered "$key" 'Compressing the image' in_recipe "$work" card.sh deliver
}

case ${1-} in
    '') ;;
    --again) ;;
    *)
        say "usage: ${0##*/} [--again]"
        exit 2
        ;;
esac

image "$cache/work"
cp "$cache/work/delivered/"* "$out/"
size=$(stat --format=%s "$out/deskphone.img.zst")
((size <= largest)) || fail "the image has $size bytes; it may have $largest"

if [[ ${1-} == --again ]]; then
    as_root rm -rf "$cache/again"
    mkdir -p "$cache/again"
    image "$cache/again"
    for file in deskphone.img delivered/SHA256SUMS; do
        cmp "$cache/work/$file" "$cache/again/$file" ||
            fail 'the second build is another image' "compare the trees in $cache/work and $cache/again"
    done
    as_root rm -rf "$cache/again"
    say 'Built twice from the same packages: not a bit differs'
fi
say "build/image/deskphone.img.zst: $((size / 1000000)) MB; image/README.md says how it gets onto a card"
