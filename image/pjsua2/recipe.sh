# shellcheck shell=bash
#
# How PJSIP becomes the wheel: packages, switches and the steps of the build.
#
# This file and the C beside it are hashed into the cache key: what changes the
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
# Our own part of the library, and the calls that it stands in front of.
readonly own_sources=(
    gate.c answers.c names.c media.c unasked.c gruu.c flow.c mailbox.c remote.c digits.c
    garbled.c repeats.c
)
readonly own_places=(
    pjsip_tpmgr_receive_packet pjsip_parse_rdata getaddrinfo
    pjsip_dlg_create_uac pjsip_dlg_create_uas_and_inc_lock pjsip_endpt_send_request
)

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
    'pjlib/include/pj/compat/os_auto.h ^#define PJ_SOCK_HAS_GETADDRINFO 1'
    'pjmedia/include/pjmedia-codec/config_auto.h ^#define PJMEDIA_HAS_OPUS_CODEC 1'
    'pjmedia/include/pjmedia-codec/config_auto.h ^#define PJMEDIA_HAS_BCG729 1'
    'pjmedia/build/os-auto.mak ^AC_PJMEDIA_SND=alsa'
    'third_party/build/os-auto.mak ^DIRS += webrtc_aec3'
)

# Begins with the archive each time, for sources that are mended cannot be mended again.
recipe_prepare() { # DIRECTORY ARCHIVE
    find . -mindepth 1 -delete
    tar --extract --xz --strip-components=1 --file="$2" || return
    cp "$1/config_site.h" pjlib/include/pj/
    cp "$1/gate.h" "${own_sources[@]/#/$1/}" pjsip-apps/src/swig/python/
    sed -i "s/\[\"pjsua2_wrap.cpp\"\]/[\"pjsua2_wrap.cpp\"$(printf ', "%s"' "${own_sources[@]}")]/" \
        pjsip-apps/src/swig/python/setup.py
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
    # Where a message makes the library abort() or crash instead of failing (tests/hostile):
    # a call that is over, and forgotten, when onIncomingCall returns;
    sed -i 's/^    pjsip_rx_data_free_cloned(call->incoming_data);/    if (!call->incoming_data) return;\n&/' \
        pjsip/src/pjsua2/endpoint.cpp
    # a host name of 254 characters and more.
    sed -i '/pj_assert(hostname && hostname ->slen < PJ_MAX_HOSTNAME);/d' pjlib/src/pj/addr_resolv_sock.c
    sed -i '/PJ_ASSERT_RETURN(!str_addr || str_addr->slen < PJ_MAX_HOSTNAME,/{N;s/PJ_ASSERT_RETURN(.*, *\n *(/if (str_addr \&\& str_addr->slen >= PJ_MAX_HOSTNAME) return (/;s/));/);/}' \
        pjlib/src/pj/sock_common.c
    # a media line that is switched off (port 0) and needs no c= line, where others look for one
    # (sort_media, get_media_ip_version, pjsua_call_on_rx_offer: null pointers): it gets one;
    recipe_mend pjmedia/src/pjmedia/sdp.c '        apply_media_direction(session);' \
        '    {' '        unsigned i;' '        apply_media_direction(session);' \
        '        for (i = 0; i < session->media_count; ++i) {' \
        '            pjmedia_sdp_media *off = session->media[i];' \
        '            if (session->conn || off->conn || off->desc.port)' \
        '                continue;' \
        '            off->conn = PJ_POOL_ZALLOC_T(pool, pjmedia_sdp_conn);' \
        '            off->conn->net_type = pj_str("IN");' \
        '            off->conn->addr_type = pj_str("IP4");' \
        '            off->conn->addr = pj_str("0.0.0.0");' \
        '        }' '    }' || return
    # another answer to a call whose media the answer before it has ended
    # (pjsua_media_channel_update: assert);
    recipe_mend pjsip/src/pjsua-lib/pjsua_media.c \
        '    pj_assert(call->med_prov_cnt >= local_sdp->media_count);' \
        '    if (call->med_prov_cnt < local_sdp->media_count) { pj_log_pop_indent(); return PJ_EINVALIDOP; }' || return
    # a 2xx whose Contact leads nowhere, so that its ACK cannot be sent (inv_send_ack: assert);
    recipe_mend pjsip/src/pjsip-ua/sip_inv.c '        pj_assert(!"Unable to send ACK!");' || return
    # a description of nothing but empty lines, whose end is thrown with nobody to catch it,
    recipe_mend pjmedia/src/pjmedia/sdp.c "    while (*scanner.curptr=='\\r' || *scanner.curptr=='\\n')" \
        "    while (!pj_scan_is_eof(&scanner) && (*scanner.curptr=='\\r' || *scanner.curptr=='\\n'))" || return
    # or with a handler whose stack frame is gone to catch it: an rtpmap without a slash,
    # a packet of empty lines and a URI that does not parse leave theirs behind.
    recipe_mend pjmedia/src/pjmedia/sdp.c '            goto on_return;' \
        '            pj_pop_exception_handler_(&pj_x_except__);' '            goto on_return;' || return
    sed -i '/^        if (pj_scan_is_eof(scanner))$/{N;s/return NULL;/{ pj_pop_exception_handler_(\&pj_x_except__); return NULL; }/}' \
        pjsip/src/pjsip/sip_parser.c
    sed -i '/^PJ_DEF(pj_status_t) pjsip_endpt_create_request( /,/^}/s/^on_error:$/&\n    pj_pop_exception_handler_(\&pj_x_except__);/' \
        pjsip/src/pjsip/sip_util.c
    local source
    for source in sip_parser.c sip_util.c; do
        (($(grep -cF pj_pop_exception_handler_ "pjsip/src/pjsip/$source") == 1)) || {
            echo "expected in $source: one place that leaves an exception handler behind"
            return 1
        }
    done

    # a MESSAGE whose Content-Type is longer than the 256 octets that it is printed into: what
    # lies behind them on the stack was taken for it, and handed to the application;
    recipe_mend pjsip/src/pjsua-lib/pjsua_im.c '            if (mime_type.slen < 1)' \
        '            if (mime_type.slen >= (pj_ssize_t)sizeof(buf)) mime_type.slen = sizeof(buf) - 1;' \
        '            if (mime_type.slen < 1)' || return
    # an INFO whose digit (application/dtmf-relay) has no line end behind it, so that less than
    # nothing is left to look for the duration in (pj_strstr: assert);
    recipe_mend pjsip/src/pjsua-lib/pjsua_call.c '                        input.slen -= (token.slen + 2);' \
        '                        input.slen = PJ_MAX(input.slen - token.slen - 2, 0);' || return
    # a host name of 254 characters and more where our name server would be asked for it;
    sed -i '/^    PJ_ASSERT_RETURN(name->slen>0 && name->slen < PJ_MAX_HOSTNAME,$/{N;s/.*/    if (name->slen <= 0 || name->slen >= PJ_MAX_HOSTNAME) return PJ_ENAMETOOLONG;/}' \
        pjlib-util/src/pjlib-util/resolver.c
    grep -qF 'name->slen >= PJ_MAX_HOSTNAME) return' pjlib-util/src/pjlib-util/resolver.c || {
        echo 'expected in resolver.c: pj_dns_resolver_start_query() that asserts the length of a name'
        return 1
    }
    # more media lines than a description has room for, when our offer is filled up with those that
    # the other end once had (pjmedia_sdp_neg_modify_local_offer2: overflow of an array);
    sed -i '/^PJ_DEF(pj_status_t) pjmedia_sdp_neg_modify_local_offer2(/,/^}/s/^\( *\)m = sdp_media_clone_deactivate(pool, om, om, local);$/\1if (new_offer->media_count >= PJMEDIA_MAX_SDP_MEDIA) { neg->state = PJMEDIA_SDP_NEG_STATE_DONE; return PJ_ETOOMANY; }\n&/' \
        pjmedia/src/pjmedia/sdp_neg.c
    (($(grep -cF 'return PJ_ETOOMANY; }' pjmedia/src/pjmedia/sdp_neg.c) == 1)) || {
        echo 'expected in sdp_neg.c: one place that inserts a media line into an offer'
        return 1
    }
    # the end of a look-up for an ACK, whose query is gone with it when its lock is to be released
    # (dns_a_callback, dns_aaaa_callback: use after free), and its name, which lies on a stack that
    # is left: the name that was asked for says the same, and is what a certificate has to bear.
    sed -i -e 's/^    pj_grp_lock_acquire(query->grp_lock);$/    pj_grp_lock_t *const lock = query->grp_lock;\n    pj_grp_lock_acquire(lock);/' \
        -e 's/^    pj_grp_lock_release(query->grp_lock);$/    pj_grp_lock_release(lock);/' \
        -e 's/\.name = rec\.name;$/.name = query->req.target.addr.host;/' pjsip/src/pjsip/sip_resolve.c
    (($(grep -cE '^    pj_grp_lock_(acquire|release)\(lock\);$|\.name = query->req' pjsip/src/pjsip/sip_resolve.c) == 6)) || {
        echo 'expected in sip_resolve.c: two callbacks that take and release query->grp_lock, and keep a name'
        return 1
    }

    # an offer of ours in answer to a re-INVITE without one, whose ACK never comes: it stood for
    # ever, and every later offer in the call, a hold of ours among them, was refused with 491.
    recipe_mend pjsip/src/pjsip-ua/sip_inv.c \
        '    if (tsx->state==PJSIP_TSX_STATE_TERMINATED  && tsx == inv->invite_tsx) {' \
        '    if (tsx->state==PJSIP_TSX_STATE_TERMINATED  && tsx == inv->invite_tsx) {' \
        '        if (tsx->role == PJSIP_ROLE_UAS && inv->state == PJSIP_INV_STATE_CONFIRMED && inv->neg &&' \
        '            pjmedia_sdp_neg_get_state(inv->neg) == PJMEDIA_SDP_NEG_STATE_LOCAL_OFFER)' \
        '            pjmedia_sdp_neg_cancel_offer(inv->neg);' || return

    # One attempt to register asks once more by itself, and not again: for another interval (a server
    # that raised it each time, or to 2^32, drew hundreds a second), and with credentials that the
    # server does not call stale (a nonce or realm that was new each time drew as many tries, and
    # with them the ban that wrong passwords earn).
    local regc=pjsip/src/pjsip-ua/sip_reg.c
    recipe_mend $regc '    pj_bool_t                    has_tsx;' \
        '    pj_bool_t                    has_tsx;' '    unsigned                     asked[3];' || return
    recipe_mend $regc '    /* Add cached authorization headers. */' \
        '    pj_bzero(regc->asked, sizeof(regc->asked));' '    /* Add cached authorization headers. */' || return
    recipe_mend $regc '        status = pjsip_regc_register(regc, regc->auto_reg, &tdata);' \
        '        status = pjsip_regc_register(regc, regc->auto_reg, &tdata);' '        regc->asked[2] = 1;' || return
    recipe_mend $regc '        if (regc->expires_hdr && regc->expires_hdr->ivalue >= min_exp) {' \
        '        if (regc->asked[2] || min_exp > PJ_MAXINT32 ||' \
        '            (regc->expires_hdr && regc->expires_hdr->ivalue >= min_exp)) {' || return
    recipe_mend $regc 'static void regc_tsx_callback(void *token, pjsip_event *event)' \
        'static pj_bool_t may_answer(pjsip_regc *regc, const pjsip_transaction *tsx, const pjsip_event *event)' '{' \
        '    const int proxy = tsx->status_code == PJSIP_SC_PROXY_AUTHENTICATION_REQUIRED;' \
        '    const pjsip_hdr *all = &event->body.tsx_state.src.rdata->msg_info.msg->hdr, *hdr;' \
        '    const pjsip_www_authenticate_hdr *asks;' '' \
        '    if (regc->asked[proxy]++ == 0)' '        return PJ_TRUE;' \
        '    for (hdr = all->next; hdr != all; hdr = hdr->next) {' \
        '        if (hdr->type != (proxy ? PJSIP_H_PROXY_AUTHENTICATE : PJSIP_H_WWW_AUTHENTICATE))' '            continue;' \
        '        asks = (const pjsip_www_authenticate_hdr *)hdr;' \
        '        if (pj_stricmp2(&asks->scheme, "digest") == 0 && asks->challenge.digest.stale)' '            return PJ_TRUE;' \
        '    }' '    return PJ_FALSE;' '}' '' \
        'static void regc_tsx_callback(void *token, pjsip_event *event)' || return
    recipe_mend $regc '    /* Handle 401/407 challenge (even when _delete_flag is set) */' \
        '    if (!regc->_delete_flag && (tsx->status_code == PJSIP_SC_UNAUTHORIZED ||' \
        '        tsx->status_code == PJSIP_SC_PROXY_AUTHENTICATION_REQUIRED) && !may_answer(regc, tsx, event)) {' \
        '        handled = PJ_FALSE;' '        goto handle_err;' '    }' \
        '    /* Handle 401/407 challenge (even when _delete_flag is set) */' || return
    # A connection's Flow-Timer is kept to by appliance/sip/flow.py, and only there.
    recipe_mend pjsip/src/pjsua-lib/pjsua_acc.c '        if (hsr) {          ' \
        '        if (hsr && (param->rdata->tp_info.transport->flag & PJSIP_TRANSPORT_RELIABLE))' \
        '            hsr = NULL;' '        if (hsr) {' || return

    # A key may be held down: its digit ends when held_digits.c is told, one that is longer than
    # the 65535 samples that a packet can say goes on in another segment (RFC 4733 section
    # 2.5.1.3), and what is said after it bears the time that it has really taken.
    cat "$1/held_digits.c" >>pjmedia/src/pjmedia/stream.c || return
    recipe_mend pjmedia/src/pjmedia/stream.c '    *first = *last = 0;' \
        '    const pj_uint32_t before = digit->duration, step = stream->rtp_tx_ts_len_per_pkt;' \
        '    *first = *last = 0;' || return
    recipe_mend pjmedia/src/pjmedia/stream.c '    event->duration = pj_htons((pj_uint16_t)digit->duration);' \
        '    if (before >= step && !digit->ebit_cnt && before / 0xFFFF != (before - step) / 0xFFFF)' \
        '        *first = 2;' \
        '    const pj_uint32_t sent = digit->ebit_cnt ? (before - 1) / step * step : before;' \
        '    event->duration = pj_htons((pj_uint16_t)PJ_MIN(digit->duration - sent / 0xFFFF * 0xFFFF, 0xFFFF));' || return
    recipe_mend pjmedia/src/pjmedia/stream.c '                                         (first ? rtp_ts_len : 0),' \
        '                                         (first == 1 ? rtp_ts_len : first ? 0xFFFF : 0),' || return
    recipe_mend pjmedia/src/pjmedia/stream.c '                                         (int)frame_out.size, 0,' \
        '                                         (int)frame_out.size, first == 2 ? 0xFFFF : 0,' || return
    sed -i 's/^\( *stream->tx_event_pt, first\),$/\1 == 1,/' pjmedia/src/pjmedia/stream.c
    (($(grep -c ' first == 1,$' pjmedia/src/pjmedia/stream.c) == 2)) || {
        echo 'expected in stream.c: two places that send the digit that create_dtmf_payload() has written'
        return 1
    }
    recipe_mend pjmedia/src/pjmedia/stream.c '            inc_timestamp = stream->dtmf_duration +' \
        '            inc_timestamp = pj_ntohs(((pjmedia_rtp_dtmf_event *)frame_out.buf)->duration) +' || return

    # an offer of the family of addresses that our own server is not reached by: the address that
    # we would name is of that one, and the call was refused with 500 (pj_sockaddr_init).
    recipe_mend pjsip/src/pjsua-lib/pjsua_media.c '        } else if (cfg->public_addr.slen) {' \
        '        } else if (cfg->public_addr.slen &&' \
        '                   pj_sockaddr_init(af, &mapped_addr[0], &cfg->public_addr, 0) == PJ_SUCCESS) {' || return

    # Where answers.c is asked whether an answer is short enough.
    recipe_mend pjsip/src/pjsip/sip_util.c '    send_state->app_cb = cb;' '    send_state->app_cb = cb;' \
        '    { extern int answers_may_send(const pjsip_response_addr *, pjsip_tx_data *);' \
        '      if (!answers_may_send(res_addr, tdata)) { pjsip_tx_data_dec_ref(tdata); return PJ_SUCCESS; } }' || return
    # Where media.c is asked whose RTP and RTCP is listened to.
    recipe_mend pjmedia/src/pjmedia/stream_imp_common.c '            c_strm->rtp_src_cnt++;' \
        '            { extern int media_may_move(pjmedia_stream_common *, const pj_sockaddr_t *);' \
        '              if (!media_may_move(c_strm, param->src_addr)) return; }' \
        '            c_strm->rtp_src_cnt++;' || return
    recipe_mend pjmedia/src/pjmedia/transport_udp.c '        call_rtcp_cb(udp, bytes_read);' \
        '        { extern int media_is_report_of(const pj_sockaddr *, const pj_sockaddr *, const pj_sockaddr *);' \
        '          if (bytes_read > 0 && !media_is_report_of(&udp->rem_rtp_addr, &udp->rem_rtcp_addr, &udp->rtcp_src_addr))' \
        '            bytes_read = 0; }' \
        '        call_rtcp_cb(udp, bytes_read);'
}

# recipe_mend FILE LINE NEW...: puts lines in the place of the one that reads so.
recipe_mend() {
    local file=$1 line=$2
    shift 2
    (($(grep -cxF -- "$line" "$file") == 1)) || {
        echo "expected in $file, once: $line"
        return 1
    }
    LINE=$line NEW=$(printf '%s\n' "$@") awk '$0 == ENVIRON["LINE"] { $0 = ENVIRON["NEW"] } { print }' \
        "$file" >"$file.new" && mv "$file.new" "$file"
}

recipe_configure() {
    local flags="$compile_flags -ffile-prefix-map=$PWD=."
    ./configure CFLAGS="$flags" CXXFLAGS="$flags" LDFLAGS="$link_flags$(printf ' -Wl,--wrap=%s' "${own_places[@]}")" "${configure_switches[@]}" || return
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
