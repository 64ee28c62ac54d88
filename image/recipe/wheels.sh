#!/usr/bin/env bash
#
# Compiles for the unit what the lock file has as source only: `wheels.sh DIRECTORY`
# in the workshop turns each source archive there into a wheel beside it. A wheel
# carries dates: they are its source's, so that two builds are alike.

set -euo pipefail

readonly host=aarch64-linux-gnu
export CC=$host-gcc CXX=$host-g++ LDSHARED="$host-gcc -shared" PKG_CONFIG=$host-pkgconf
export PKG_CONFIG_LIBDIR=/usr/lib/$host/pkgconfig:/usr/share/pkgconfig
export _PYTHON_HOST_PLATFORM=linux-aarch64 _PYTHON_SYSCONFIGDATA_NAME=_sysconfigdata__$host
export CFLAGS="-O2 -g0 -fstack-protector-strong -ffile-prefix-map=/tmp=." LDFLAGS='-Wl,--strip-all'
command -v "$PKG_CONFIG" >/dev/null || export PKG_CONFIG=pkg-config

cd "$1"
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
# The locked setuptools builds them, not the distribution's.
python3 -m pip install --quiet --no-index --no-deps --target "$tools" --root-user-action=ignore \
    --break-system-packages setuptools-*.whl
export PYTHONPATH=$tools
for source in *.tar.gz; do
    [[ -f $source ]] || continue
    SOURCE_DATE_EPOCH=$(python3 -c 'import sys, tarfile; print(max(int(m.mtime) for m in tarfile.open(sys.argv[1])))' "$source")
    export SOURCE_DATE_EPOCH
    python3 -m pip wheel --quiet --no-index --no-deps --no-build-isolation --wheel-dir . "./$source"
    rm "$source"
done
