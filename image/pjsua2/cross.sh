#!/usr/bin/env bash
#
# Builds the pjsua2 wheel of another architecture: `cross.sh SOURCE DIRECTORY` in
# the workshop (image/workshop.sh), whose compilers and libraries are that
# architecture's. The recipe is the one of build.sh, word for word; what a cross
# build needs besides stands in the environment, where configure and Python look.
# Each stage is done once: the next run goes on from the one that failed.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=./recipe.sh
. "$here/recipe.sh"

readonly archive=$1 work=$2 host=aarch64-linux-gnu
readonly python=/usr/bin/python3 tree=$work/tree

# The libraries that the phone would miss if configure had not found them: it
# then leaves TLS or a codec out without a word.
readonly needed=(libasound libssl libsrtp2 libopus libbcg729 libgsm libspeexdsp)

export build_alias=x86_64-linux-gnu host_alias=$host
export CC=$host-gcc CXX=$host-g++ AR=$host-ar RANLIB=$host-ranlib LD=$host-gcc
export LDSHARED="$host-gcc -shared" LDCXXSHARED="$host-g++ -shared"
export PKG_CONFIG_LIBDIR=/usr/lib/$host/pkgconfig:/usr/share/pkgconfig
# Python's own way to build for a machine that it does not run on.
export _PYTHON_HOST_PLATFORM=linux-aarch64
export _PYTHON_SYSCONFIGDATA_NAME=_sysconfigdata__$host

stage() { # NAME COMMAND...
    local name=$1
    shift
    [[ ! -f $work/$name.done ]] || return 0
    printf '== pjsua2: %s\n' "$name"
    (cd "$tree" && "$@")
    touch "$work/$name.done"
}

prove() {
    local extension library found
    rm -rf "$work/unpacked"
    "$python" -m zipfile --extract "$recipe_wheel_directory"/pjsua2-*.whl "$work/unpacked"
    extension=$(find "$work/unpacked" -name '_pjsua2*.so')
    found=$("$host-readelf" --dynamic --file-header --wide "$extension")
    grep -q 'Machine:.*AArch64' <<<"$found" || { echo "$extension is not for $host"; return 1; }
    for library in "${needed[@]}"; do
        grep -q "NEEDED.*\[$library\.so" <<<"$found" || { echo "$extension lacks $library"; return 1; }
    done
}

mkdir -p "$tree"
stage prepared recipe_prepare "$here" "$archive"
stage configured recipe_configure
stage compiled recipe_compile
stage wrapped recipe_wheel "$python"
stage proven prove
cp "$tree/$recipe_wheel_directory"/pjsua2-*.whl "$work/"
