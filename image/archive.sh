# shellcheck shell=bash
#
# The unit's packages from the archive that this machine's own packages come from,
# through an apt configuration of its own: another suite, another architecture,
# nothing installed. apt checks the indexes' signatures and every file's hash.
#
# Needs setup/say.sh, pjsua2/source.sh and recipe/packages.sh. Sourced, never run.

# archives: "URI SUITE..." of the archive and of its security updates, a line each.
archives() {
    local origin='' uri='' security
    if [[ ${DESKPHONE_DEBIAN_MIRROR-} ]]; then
        uri=$DESKPHONE_DEBIAN_MIRROR
    else
        read -r origin uri < <(own_archive) || true
        [[ $origin == Debian ]] || return 1
    fi
    # shellcheck disable=SC2154  # from recipe/packages.sh
    printf '%s %s\n' "$uri" "$debian_suite $debian_suite-updates $kernel_suite"
    # shellcheck disable=SC2016  # apt's own variables
    security=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
        awk '$1 == "Debian-Security" { print $2; exit }')
    [[ -z $security ]] || printf '%s %s\n' "$security" "$debian_suite-security"
}

# sources: deb822 stanzas of those archives.
sources() {
    local uri suites keyring
    keyring=$(archive_keyring debian) || return
    while read -r uri suites; do
        printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main non-free-firmware\nSigned-By: %s\n\n' \
            "$uri" "$suites" "$keyring"
    done < <(archives)
}

# unit_apt DIRECTORY: writes the configuration; "apt-get -c DIRECTORY/apt.conf" uses it.
unit_apt() {
    mkdir -p "$1"/{lists/partial,cache/archives/partial}
    : >"$1/status"
    sources >"$1/unit.sources"
    [[ -s $1/unit.sources ]] || return 1
    # shellcheck disable=SC2154  # from recipe/packages.sh
    cat >"$1/apt.conf" <<CONF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
APT::Update::Error-Mode "any";
Dir::Etc::SourceList "$1/unit.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$1";
Dir::State::status "$1/status";
Dir::State::Lists "$1/lists";
Dir::Cache "$1/cache";
Acquire::Languages "none";
Acquire::Retries "3";
Debug::NoLocking "true";
CONF
}

# kernel_names CONF: the packages that make up the newest kernel of its suite.
kernel_names() {
    # shellcheck disable=SC2154  # from recipe/packages.sh
    apt-cache -c "$1" --target-release "$kernel_suite" depends --recurse --no-recommends --no-suggests \
        --no-conflicts --no-breaks --no-replaces --no-enhances "linux-image-$architecture/$kernel_suite" |
        grep -oE "^linux-(base|binary|modules)-[0-9].*$architecture\$" | sort -u
}
