#!/usr/bin/env bash
#
# Builds the pjsua2 wheel for this machine's distribution and Python, or takes
# it from the cache. Prints the wheel's path on stdout, everything else on
# stderr. Usage and the list of tested versions: README.md beside this file.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../setup/say.sh
. "$here/../setup/say.sh"
# shellcheck source=../setup/packages.sh
. "$here/../setup/packages.sh"
# shellcheck source=./source.sh
. "$here/source.sh"
# shellcheck source=./recipe.sh
. "$here/recipe.sh"

readonly python=${PYTHON:-/usr/bin/python3}
readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/deskphone/pjsua2
readonly index_days=7 # how long what the source index said is believed

refresh='' rebuild=''
for option; do
    case $option in
        --refresh) refresh=1 ;;
        --rebuild) refresh=1 rebuild=1 ;;
        *)
            say "usage: ${0##*/} [--refresh] [--rebuild]"
            say '  --refresh  ask the source index now, even if it was asked this week'
            say '  --rebuild  build even if the cache has the wheel'
            exit 2
            ;;
    esac
done

distribution=$(. /etc/os-release && printf '%s-%s' "$ID" "${VERSION_ID:-rolling}")
[[ -x $python ]] || install_packages 'Python and its headers' python3-dev
abi=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("SOABI"))')
recipe=$(cat "$here"/recipe.sh "$here"/*.[ch] | sha256sum | cut -c1-12)
readonly shelf=$cache/wheels/$distribution-$abi/$recipe
mkdir -p "$cache/source" "$shelf"

# ready VERSION: the cached wheel of that source, if it was verified.
ready() {
    local wheel
    for wheel in "$shelf/$1"/*.whl; do
        [[ -f $wheel && -f $shelf/$1/built.json ]] && printf '%s\n' "$wheel" && return
    done
    return 1
}

describe() { # VERSION
    "$python" - "$shelf/$1/built.json" >&2 <<'PYTHON'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    built = json.load(file)
print(f"pjsua2 {built['pjsip']} from asterisk {built['source']}, for {built['for']}")
print("  codecs: " + ", ".join(built["codecs"]))
print(f"  TLS: {built['tls']}, {built['tls_ciphers']} ciphers; SRTP; IPv6; ALSA")
print("  echo cancellers: " + ", ".join(built["echo_cancellers"]))
print(f"  {built['size'] / 1e6:.1f} MB; needs the packages " + " ".join(built["packages"]))
PYTHON
}

# take VERSION: the end of a good run. A wheel from the cache may have come to
# a machine that lacks the libraries it is linked with.
take() {
    local -a packages
    mapfile -t packages < <("$python" -c 'import json, sys
print(*json.load(open(sys.argv[1]))["packages"], sep="\n")' "$shelf/$1/built.json")
    install_packages 'libraries that pjsua2 is linked with' "${packages[@]}"
    ready "$1"
    exit 0
}

# --- Which source, and is its wheel here already? ----------------------------
readonly index=$cache/source/index-$distribution
if [[ ! $refresh && -n $(find "$index" -mtime "-$index_days" 2>/dev/null) ]]; then
    read -r version tarball hash uri <"$index"
    ready "$version" >/dev/null && take "$version"
fi

exec 9>"$shelf/lock"
if ! flock --nonblock 9; then
    say 'Another build of the same wheel is under way; waiting for it'
    flock 9
fi

if offered=$(newest_source "$cache/source") && [[ $offered ]]; then
    printf '%s\n' "$offered" >"$index"
elif [[ -f $index ]]; then
    say 'Going on with the source that it offered last; it is asked again tomorrow'
    touch --date="$((index_days - 1)) days ago" "$index"
else
    fail 'there is no pjsua2 wheel in the cache, and the source index cannot be read' \
        "check the network, and that 'apt-get update' works" \
        'image/pjsua2/README.md says how another archive is named'
fi
read -r version tarball hash uri <"$index"
if [[ ! $rebuild ]] && ready "$version" >/dev/null; then take "$version"; fi

# --- Build it -----------------------------------------------------------------
readonly work=$cache/build/$distribution-$abi-$recipe-$version build_log=$cache/build.log
[[ ! $rebuild ]] || rm -rf "${work:?}"
mkdir -p "$work/tree"
: >"$build_log"

# A wheel that was built before serves where a newer source fails.
give_up() {
    local older
    tail -n 15 "$build_log" >&2
    say "(the whole output is in $build_log)"
    while read -r _ older; do
        if [[ $older != "$version" ]] && ready "$older" >/dev/null; then
            say "WARNING: $1. Using the wheel that was built of $older."
            take "$older"
        fi
    done < <(find "$shelf" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %f\n' | sort --reverse --numeric-sort)
    fail "$@"
}

# stage NAME WORDS COMMAND...: once; the next run starts after the last that held.
stage() {
    local name=$1 words=$2
    shift 2
    [[ ! -f $work/$name.done ]] || return 0
    step "$words" "$build_log" "$@" || return
    touch "$work/$name.done"
}

in_tree() { cd "$work/tree" && "$@"; }

count_progress() {
    local made planned
    [[ -f $work/configured.done && ! -f $work/compiled.done ]] || return 0
    made=$(find "$work/tree" -name '*.o' -path '*/output/*' | wc -l)
    planned=$(find "$work/tree" -name '.*.depend' ! -name '.*test*' -exec cat {} + | grep -c '\.o:')
    printf ', %d of %d files' "$made" "$planned"
}

install_packages 'to build pjsua2, once for this distribution' "${build_packages[@]}"
say "Building pjsua2 of asterisk $version for $distribution, $abi; this takes some 4 minutes, once"
grep -qF "| $version |" "$here/README.md" ||
    say '(not among the versions that README.md lists as tested)'

stage fetched '1/4 fetching the source' fetch_source "$cache/source" "$tarball" "$hash" "$uri" ||
    give_up "the source $tarball could not be fetched" 'check the network, then run the same command again'
stage prepared '2/4 unpacking and preparing' in_tree recipe_prepare "$here" "$cache/source/$tarball" ||
    give_up 'this source does not look as the recipe expects' 'see what moved and adapt image/pjsua2/recipe.sh'
stage configured '2/4 configuring' in_tree recipe_configure ||
    give_up 'the source did not configure with all that a phone needs' \
        'the last lines above name it; a missing library is a package in image/pjsua2/recipe.sh'
stage compiled '3/4 compiling PJSIP' in_tree recipe_compile ||
    give_up 'PJSIP did not compile' 'run again: it goes on from the file that failed'
stage wrapped '4/4 compiling the Python module' in_tree recipe_wheel "$python" ||
    give_up 'the Python module did not compile' 'run again: it goes on from the step that failed'

# --- Prove it -----------------------------------------------------------------
wheel=$(find "$work/tree/$recipe_wheel_directory" -name 'pjsua2-*.whl')
rm -rf "$work/unpacked" && "$python" -m zipfile --extract "$wheel" "$work/unpacked"
PYTHONPATH=$work/unpacked "$python" "$here/verify.py" "$work/built.json" "$version" "$distribution, $abi" \
    >>"$build_log" 2>&1 ||
    give_up 'the wheel was built but is not what a phone needs' \
        'the lines above say what is missing in it; a stale tree is dropped with --rebuild'

mkdir -p "$shelf/$version"
cp "$wheel" "$shelf/$version/"
mv "$work/built.json" "$shelf/$version/" # last: it makes the wheel count
describe "$version"
rm -rf "$work"
take "$version"
