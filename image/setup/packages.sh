# shellcheck shell=bash
#
# Debian packages: which are missing, and installing them without a question.
# Needs say.sh. Sourced, never run.

# missing_packages PACKAGE...: those that are not installed, one a line.
missing_packages() {
    local package
    local -A installed=()
    while read -r package; do installed[$package]=1; done < <(
        # shellcheck disable=SC2016  # dpkg-query's own variables
        dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
            sed -n 's/^installed //p'
    )
    for package in "$@"; do [[ ${installed[$package]-} ]] || printf '%s\n' "$package"; done
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif ! command -v sudo >/dev/null; then
        return 126
    elif [[ -t 0 && -t 2 ]]; then
        sudo "$@"
    else
        sudo --non-interactive "$@"
    fi
}

# may_become_root: asks for sudo's password now, at a terminal, so that no
# step that runs behind a progress line has to.
may_become_root() {
    ((EUID == 0)) || as_root true
}

apt_quietly() {
    as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
        apt-get -q --yes -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# install_packages WHY PACKAGE...: what is missing of them; nothing else.
install_packages() {
    local why=$1 log still
    shift
    local -a missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    say "Installing ${missing[*]} ($why)"
    may_become_root || fail "installing packages needs root, and sudo is not to be had here" \
        "as root: apt-get install ${missing[*]}" "then run the same command again"
    log=$(mktemp)
    step 'Reading the package lists' "$log" apt_quietly update ||
        say "apt-get update complained; trying with the lists that are here"
    if ! step 'Installing with apt' "$log" \
        apt_quietly install --no-install-recommends "${missing[@]}"; then
        mapfile -t still < <(missing_packages "${missing[@]}")
        grep -E '^(E:|dpkg: error)' "$log" | tail -n 5 >&2 || tail -n 10 "$log" >&2
        fail "could not install: ${still[*]:-${missing[*]}} ($why)" \
            "try it by hand: sudo apt-get install ${still[*]:-${missing[*]}}" \
            "on Ubuntu the component 'universe' must be enabled" \
            "apt's whole output is in $log; then run the same command again"
    fi
    rm -f "$log"
}
