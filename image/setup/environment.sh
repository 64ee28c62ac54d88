# shellcheck shell=bash
#
# The packages of a lock file, installed once for every clone on this machine:
# an environment that has those and no other is kept in the user's cache, and a
# clone's .venv is a copy of it. So a second clone asks no index. Needs
# say.sh, and PYTHON. Sourced, never run.

readonly kept_environments=${XDG_CACHE_HOME:-$HOME/.cache}/deskphone/environments
readonly days_kept=30 # unused ones go after this

fingerprint() { cat "$@" | sha256sum | cut -c1-16; }

# kept_environment LOCK...: where the environment of these lock files is, or would be.
kept_environment() {
    printf '%s/%s-%s-%s\n' "$kept_environments" "$(basename "${!#}" .txt)" \
        "$("$PYTHON" -c 'import sys, sysconfig; print(sys.version.split()[0], sysconfig.get_platform(), sep="-")')" \
        "$(fingerprint "$@")"
}

# make_environment PLACE LOCK...: made beside its place and moved there whole, so
# that one which is there is complete. Each lock is installed without build
# isolation: what comes as source is built with the locked setuptools of an
# earlier lock, not with what an index offers today.
make_environment() {
    local place=$1 made=$1.new lock
    shift
    mkdir -p "$kept_environments"
    exec 8>"$kept_environments/lock"
    flock 8
    if [[ ! -d $place ]]; then
        rm -rf "$made"
        "$PYTHON" -m venv "$made" || return
        for lock in "$@"; do
            "$made/bin/python" -m pip install --no-input --require-hashes --no-deps --no-build-isolation \
                --requirement "$lock" || return
        done
        mv "$made" "$place"
        find "$kept_environments" -mindepth 1 -maxdepth 1 -type d -mtime "+$days_kept" -exec rm -rf {} +
    fi
    exec 8>&-
}

# copy_environment PLACE VENV: the packages and commands; what else VENV has, stays.
copy_environment() {
    local place=$1 venv=$2 part command
    touch "$place"
    for part in bin lib share; do
        [[ ! -d $place/$part ]] || cp --archive --reflink=auto --force "$place/$part/." "$venv/$part/" || return
    done
    # A command names the interpreter that runs it: that of VENV now. By way of the
    # shell, as pip does it too, for a place may be long or have blanks in its name.
    local from to=${venv//[&|\\]/\\&}
    from=$(printf '%s' "$place.new" | sed 's/[].[*^$|\\]/\\&/g')
    grep --null --files-with-matches --binary-files=without-match --fixed-strings "$place.new" "$venv"/bin/* |
        while IFS= read -r -d '' command; do
            sed --in-place --expression \
                "1s|^#!$from/\(bin/python[0-9.]*\)\$|#!/bin/sh\n'''exec' \"$to/\1\" \"\$0\" \"\$@\"\n' '''|" \
                --expression "2s|^'''exec' \"\?$from/\(bin/python[0-9.]*\)\"\? |'''exec' \"$to/\1\" |" \
                --expression "s|$from|$to|g" "$command"
        done
}
