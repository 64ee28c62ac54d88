/* What PJSIP answers helps nobody to flood another: over UDP, who asks can
 * pretend to be somebody else.
 *
 * Linked with `--wrap` in front of the parser; recipe.sh has PJSIP ask here
 * before it sends an answer without a transaction (pjsip_endpt_send_response of
 * sip_util.c). On the one thread that owns PJSIP.
 */
#include "gate.h"

#include <pjsip.h>

enum
{
    TAG = 8 /* characters of a tag that is to be short */
};

pjsip_msg *__real_pjsip_parse_rdata(char *packet, pj_size_t size, pjsip_rx_data *rdata);

/* Answers go to where the request came from: RFC 3261 section 18.2.2 has a
 * Via's `maddr` send them to anybody, which no unicast server asks for.
 */
pjsip_msg *__wrap_pjsip_parse_rdata(char *packet, pj_size_t size, pjsip_rx_data *rdata)
{
    pjsip_msg *message = __real_pjsip_parse_rdata(packet, size, rdata);

    if (message && message->type == PJSIP_REQUEST_MSG && rdata->tp_info.transport &&
        !gate_may_ask(rdata->tp_info.transport))
        return NULL; /* behind an answer that let it in */
    if (message)
        garbled_mend(message, rdata);
    if (message && rdata->msg_info.via)
        rdata->msg_info.via->maddr_param.slen = 0;
    return message;
}

static int fits(const pjsip_msg *message, pj_size_t size)
{
    static char printed[PJSIP_MAX_PKT_LEN];
    pj_ssize_t length = pjsip_msg_print(message, printed, sizeof(printed));

    return length >= 0 && (pj_size_t)length <= size;
}

/* A tag that was made of the whole branch becomes the end of it. */
static void shorten_tag(pjsip_msg *message)
{
    pjsip_to_hdr *to = PJSIP_MSG_TO_HDR(message);
    const pjsip_via_hdr *via = pjsip_msg_find_hdr(message, PJSIP_H_VIA, NULL);

    if (via && to->tag.slen > TAG && pj_strcmp(&to->tag, &via->branch_param) == 0) {
        to->tag.ptr += to->tag.slen - TAG;
        to->tag.slen = TAG;
    }
}

/* Leaves out what an answer can do without until it is no longer than what it
 * answers; zero: it is longer all the same. `compact` is left on if the short
 * names of headers are needed for it (RFC 3261 section 7.3.3).
 */
static int shorten(pjsip_msg *message, pj_size_t size, pj_bool_t *compact)
{
    static const pj_str_t spare[] = { { "Accept", 6 },
                                      { "Allow-Events", 12 },
                                      { "User-Agent", 10 },
                                      { "Supported", 9 },
                                      { "Allow", 5 } };
    pjsip_hdr *header;
    unsigned i;

    if (!fits(message, size))
        shorten_tag(message);
    for (i = 0; i < PJ_ARRAY_SIZE(spare) && !fits(message, size); ++i) {
        header = pjsip_msg_find_hdr_by_name(message, &spare[i], NULL);
        if (header)
            pj_list_erase(header);
    }
    if (!fits(message, size))
        *compact = PJ_TRUE;
    return fits(message, size);
}

/* OPTIONS is answered with all that the phone can do (RFC 3261 section 11.2):
 * twice what was asked. A datagram is answered without a transaction with no
 * more octets than it had, or not at all (zero).
 */
int answers_may_send(const pjsip_response_addr *to, pjsip_tx_data *data)
{
    pj_bool_t *compact = &pjsip_cfg()->endpt.use_compact_form, as_usual = *compact;
    int may = 1;

    if (gate_question() && to->transport && (to->transport->flag & PJSIP_TRANSPORT_DATAGRAM)) {
        may = shorten(data->msg, gate_question(), compact);
        if (may)
            pjsip_tx_data_encode(data);
        *compact = as_usual;
    }
    return may;
}
