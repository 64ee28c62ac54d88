/* Who may speak into a call, and be spoken to: PJMEDIA goes wherever ten
 * packets in a row come from, be it a stranger who sprays ports.
 *
 * Symmetric RTP (RFC 4961) stays: the other end's packets may come from another
 * address than its description names, which behind a NAT they do. recipe.sh puts
 * these two questions into PJMEDIA's own checks, on_rx_rtp of
 * stream_imp_common.c and on_rx_rtcp of transport_udp.c.
 */
#include "gate.h"

#include <pjmedia.h>
#include <pjmedia/stream_common.h>

enum
{
    /* Packets in a row, half a second of them, from an address that nothing
     * speaks for, before it is taken for the other end's. */
    LEARNING = 25
};

static int same_host(const pj_sockaddr *one, const pj_sockaddr *other)
{
    return one->addr.sa_family == other->addr.sa_family && pj_sockaddr_has_addr(one) &&
           pj_memcmp(pj_sockaddr_get_addr(one), pj_sockaddr_get_addr(other),
                     pj_sockaddr_get_addr_len(one)) == 0;
}

/* SRTP hands on what is authentic and nothing else. */
static int is_authentic(pjmedia_transport *transport)
{
    pjmedia_transport_info info;
    const pjmedia_srtp_info *srtp;

    pjmedia_transport_info_init(&info);
    if (pjmedia_transport_get_info(transport, &info) != PJ_SUCCESS)
        return 0;
    srtp = pjmedia_transport_info_get_spc_info(&info, PJMEDIA_TRANSPORT_TYPE_SRTP);
    return srtp && srtp->active;
}

/* Whether a packet from another address than the last ones' may be what moves
 * the stream there; if so, PJMEDIA's own rules apply: at once before the first
 * packet, else after ten in a row. The address of the description may always,
 * and at once; its host, a server's, and the one that speaks, at another port;
 * anybody, after a while, where nobody has spoken: a server with several
 * networks names one of its addresses and sends from another.
 */
int media_may_move(pjmedia_stream_common *stream, const pj_sockaddr_t *from)
{
    const pj_sockaddr *source = from, *named = &stream->si->rem_addr;

    if (is_authentic(stream->transport))
        return 1;
    if (pj_sockaddr_cmp(named, source) == 0) {
        stream->rem_rtp_flag = 0;
        return 1;
    }
    if (same_host(named, source) || same_host(&stream->rem_rtp_addr, source) ||
        gate_is_server(source))
        return 1;
    if (stream->rem_rtp_flag)
        return 0;
    if (pj_sockaddr_cmp(&stream->rtp_src_addr, source) != 0) {
        pj_sockaddr_cp(&stream->rtp_src_addr, source);
        stream->rtp_src_cnt = 0;
    }
    return ++stream->rtp_src_cnt > LEARNING;
}

/* Whether reports come from where the stream does, or is said to. */
int media_is_report_of(const pj_sockaddr *rtp, const pj_sockaddr *rtcp, const pj_sockaddr *source)
{
    return same_host(rtp, source) || same_host(rtcp, source);
}
