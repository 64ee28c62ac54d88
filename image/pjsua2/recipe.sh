# shellcheck shell=bash
#
# How PJSIP becomes the wheel: packages, switches and the steps of the build.
#
# This file, config_site.h and gate.c are hashed into the cache key: what changes the
# wheel belongs here, what does not (progress, caching, checking) in build.sh.
# Sourced, never run; each step is run in the source tree and may be repeated.

# shellcheck disable=SC2034  # read by build.sh
readonly build_packages=(
    g++ make swig xz-utils python3-dev python3-setuptools python3-wheel
    libasound2-dev libssl-dev libsrtp2-dev uuid-dev
    libopus-dev libspeex-dev libspeexdsp-dev libgsm1-dev libbcg729-dev
)

# Position-independent for Python's sake; hardened because strangers' packets
# are parsed here. Asserts stay on: NDEBUG is not defined.
readonly hardening='-fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2'
readonly compile_flags="-O2 -fPIC $hardening"
readonly link_flags='-Wl,-z,relro,-z,now -Wl,--strip-all'
# The calls that gate.c stands in front of.
readonly gate_flags='-Wl,--wrap=pjsip_tpmgr_receive_packet -Wl,--wrap=pjsip_parse_rdata'

# Only what a telephone needs, and the distribution's libraries for it. The
# three `--with-external` and the AEC3 switch are not the configure script's
# defaults; the rest would otherwise depend on what happens to be installed.
readonly configure_switches=(
    --with-external-srtp --with-external-gsm --with-external-speex
    --enable-speex-resample --enable-libwebrtc-aec3 --disable-libwebrtc
    --with-ssl=/usr --with-bcg729=/usr
    --disable-ilbc-codec --disable-g7221-codec --disable-opencore-amr --disable-silk --disable-lyra
    --disable-video --disable-libyuv --disable-sdl --disable-ffmpeg --disable-v4l2
    --disable-openh264 --disable-vpx --disable-upnp
)

# What the configure script must have concluded: where a library is missing it
# drops the feature without a word.
readonly required_findings=(
    'pjlib/include/pj/compat/os_auto.h ^#define PJ_HAS_SSL_SOCK 1'
    'pjmedia/include/pjmedia-codec/config_auto.h ^#define PJMEDIA_HAS_OPUS_CODEC 1'
    'pjmedia/include/pjmedia-codec/config_auto.h ^#define PJMEDIA_HAS_BCG729 1'
    'pjmedia/build/os-auto.mak ^AC_PJMEDIA_SND=alsa'
    'third_party/build/os-auto.mak ^DIRS += webrtc_aec3'
)

recipe_prepare() { # DIRECTORY
    cp "$1/config_site.h" pjlib/include/pj/
    cp "$1/gate.c" pjsip-apps/src/swig/python/
    sed -i 's/\["pjsua2_wrap.cpp"\]/["pjsua2_wrap.cpp", "gate.c"]/' pjsip-apps/src/swig/python/setup.py
    grep -qF '"gate.c"' pjsip-apps/src/swig/python/setup.py || {
        echo 'expected in setup.py: the extension made of ["pjsua2_wrap.cpp"]'
        return 1
    }
    # This audio driver's source is not free and so not in Debian's archive.
    sed -i 's/ bdimad_dev\.o//' pjmedia/build/Makefile
    # It compares where two DTLS fingerprints stand, not what they say, and so
    # waits for a new handshake, in silence, after every re-INVITE.
    sed -i 's/pj_memcmp(&last_rem_fp, &ds->rem_fingerprint, sizeof(pj_str_t))/pj_strcmp(\&last_rem_fp, \&ds->rem_fingerprint)/' \
        pjmedia/src/pjmedia/transport_srtp_dtls.c
    # Where a message makes the library abort() instead of failing (tests/hostile):
    # a call that is over, and forgotten, when onIncomingCall returns;
    sed -i 's/^    pjsip_rx_data_free_cloned(call->incoming_data);/    if (!call->incoming_data) return;\n&/' \
        pjsip/src/pjsua2/endpoint.cpp
    # a host name of 254 characters and more.
    sed -i '/pj_assert(hostname && hostname ->slen < PJ_MAX_HOSTNAME);/d' pjlib/src/pj/addr_resolv_sock.c
    sed -i '/PJ_ASSERT_RETURN(!str_addr || str_addr->slen < PJ_MAX_HOSTNAME,/{N;s/PJ_ASSERT_RETURN(.*, *\n *(/if (str_addr \&\& str_addr->slen >= PJ_MAX_HOSTNAME) return (/;s/));/);/}' \
        pjlib/src/pj/sock_common.c
    # a media line that is switched off (port 0) in a description without any c= line.
    sed -i 's/^ *pj_strcmp2(&c->addr, "0.0.0.0") == 0)$/(c \&\& pj_strcmp2(\&c->addr, "0.0.0.0") == 0))/' \
        pjsip/src/pjsua-lib/pjsua_media.c
    grep -qF '(c && pj_strcmp2(&c->addr' pjsip/src/pjsua-lib/pjsua_media.c || {
        echo 'expected in pjsua_media.c: sort_media() that looks at the c= line of a media line'
        return 1
    }
}

recipe_configure() {
    local flags="$compile_flags -ffile-prefix-map=$PWD=."
    ./configure CFLAGS="$flags" CXXFLAGS="$flags" LDFLAGS="$link_flags $gate_flags" "${configure_switches[@]}" || return
    local file finding
    while read -r file finding; do
        grep -q "$finding" "$file" || {
            printf 'expected in %s: %s\n' "$file" "$finding"
            return 1
        }
    done < <(printf '%s\n' "${required_findings[@]}")
    make dep
}

recipe_compile() { make --jobs="$(nproc)" lib; }

# The date of the source, not of the build, so that two builds are alike.
recipe_wheel() { # PYTHON
    SOURCE_DATE_EPOCH=$(stat --format=%Y version.mak) \
        make --directory=pjsip-apps/src/swig/python wheel PYTHON_EXE="$1"
}
readonly recipe_wheel_directory=pjsip-apps/src/swig/python/dist
