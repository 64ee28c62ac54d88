# shellcheck shell=bash
#
# Finds PJSIP's source in the distribution's own signed index and fetches it.
#
# The component `Xpjproject` of the source package `asterisk` is a whole
# PJSIP, less the parts that Debian may not ship. The index of a newer suite is
# read through a private apt configuration, which leaves the machine's own as it
# is and takes archive and keyring from it. apt checks the suite's signature and
# the archive's hash; nothing is fetched past apt.
#
# Needs image/setup/say.sh and packages.sh. Sourced, never run.

readonly source_package=asterisk source_component=orig-Xpjproject

# Where newer source packages are, by the Origin that the archive states.
# DESKPHONE_DEBIAN_MIRROR=URI has another distribution use Debian's.
source_suite() {
    case $1 in
        Debian) printf 'forky' ;;
        Ubuntu) printf 'resolute' ;;
        *) return 1 ;;
    esac
}

archive_keyring() { # ORIGIN
    local keyring
    for keyring in "/usr/share/keyrings/${1,,}-archive-keyring".{pgp,gpg}; do
        [[ -r $keyring ]] && printf '%s' "$keyring" && return
    done
    return 1
}

# own_archive: "ORIGIN URI" of the archive that this machine's packages come from.
own_archive() {
    local codename
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME-}")
    # shellcheck disable=SC2016  # apt's own variables
    apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
        awk -v codename="$codename" \
            '($1 == "Debian" || $1 == "Ubuntu") && $2 == codename && $3 == "main" { print $1, $4; exit }'
}

# private_apt DIRECTORY: writes a configuration that knows one suite's sources.
private_apt() {
    local dir=$1 origin='' uri suite keyring
    if [[ ${DESKPHONE_DEBIAN_MIRROR-} ]]; then
        origin=Debian uri=$DESKPHONE_DEBIAN_MIRROR
    else
        read -r origin uri < <(own_archive) || true
        if [[ -z $origin ]]; then
            say 'apt has no package lists of this distribution yet'
            as_root apt-get -qq update >&2 || true
            read -r origin uri < <(own_archive) || true
        fi
        if [[ -z $origin ]]; then
            say "apt's configuration names no archive of Debian or Ubuntu (see: apt-get indextargets)"
            return 1
        fi
    fi
    suite=$(source_suite "$origin")
    keyring=$(archive_keyring "$origin") || {
        say "the keyring of $origin's archive is missing: install the package ${origin,,}-archive-keyring"
        return 1
    }
    mkdir -p "$dir"/{lists/partial,cache/archives/partial}
    cat >"$dir/archive.sources" <<SOURCES
Types: deb-src
URIs: $uri
Suites: $suite
Components: main$([[ $origin == Ubuntu ]] && printf ' universe')
Signed-By: $keyring
SOURCES
    # A suite in development may let its Release file pass its date.
    cat >"$dir/apt.conf" <<CONF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::SourceList "$dir/archive.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$dir/lists";
Dir::Cache "$dir/cache";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Update::Error-Mode "any";
APT::Sandbox::User "$(id -un)";
CONF
}

# newest_source DIRECTORY: "VERSION FILE SHA256 URI" of what the index offers.
newest_source() {
    local dir=$1/apt uri file hash version found
    private_apt "$dir" || return
    apt-get -c "$dir/apt.conf" -qq update >&2 || {
        say "the source index could not be read ($(sed -n 's/^URIs: //p' "$dir/archive.sources"))"
        return 1
    }
    found=$(apt-get -c "$dir/apt.conf" -qq source --download-only --print-uris --only-source "$source_package" |
        grep -F ".$source_component.") || {
        say "the index offers no '$source_component' of the source package '$source_package'"
        return 1
    }
    read -r uri file _ hash <<<"$found"
    version=${file#"${source_package}_"}
    printf '%s %s %s %s\n' "${version%%".$source_component"*}" "$file" "${hash#SHA256:}" "${uri//\'/}"
}

# fetch_source DIRECTORY FILE SHA256 URI: the archive, checked, in DIRECTORY.
fetch_source() {
    local dir=$1 file=$2 hash=$3 uri=$4
    if ! sha256sum --status --check <<<"$hash  $dir/$file" 2>/dev/null; then
        /usr/lib/apt/apt-helper -c "$dir/apt/apt.conf" download-file "$uri" "$dir/$file" "SHA256:$hash"
    fi
}
