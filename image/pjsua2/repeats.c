/* What is not repeated over UDP though RFC 3261 would have it.
 *
 * A REGISTER whose answer is waited for no more is not repeated either.
 *
 * Over UDP a request is sent again until its answer comes, for 64 times T1
 * (RFC 3261 section 17.1.2.2). The phone turns to another server, or waits for
 * its next turn, long before; what it then went on repeating would come down on
 * a server that is back, from a whole site at once. The transaction itself is
 * left alive: an answer that is merely late is still heard. When that is, is
 * for appliance/sip/lines.py to say. Linked with `--wrap` in front of
 * pjsip_endpt_send_request(), which tells nobody which transaction it has made.
 */
#include "gate.h"

#include <pjsip.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

enum
{
    KEY_OCTETS = 128
};

/* By which PJSIP knows the transaction of each account's last REGISTER. */
static struct key
{
    char text[KEY_OCTETS];
    pj_ssize_t length;
} keys[PJSUA_MAX_ACC];

pj_status_t __real_pjsip_endpt_send_request(pjsip_endpoint *endpoint, pjsip_tx_data *request,
                                            pj_int32_t timeout, void *token,
                                            pjsip_endpt_send_callback callback);

/* Where the key belongs; NULL: this is no account's REGISTER. */
static struct key *place_of(const pjsip_tx_data *request, const void *registration)
{
    unsigned i;

    if (!registration || request->msg->line.req.method.id != PJSIP_REGISTER_METHOD)
        return NULL;
    for (i = 0; i < PJ_ARRAY_SIZE(keys); ++i)
        if (pjsua_var.acc[i].valid && pjsua_var.acc[i].regc == registration)
            return &keys[i];
    return NULL;
}

static void note(struct key *key, pjsip_tx_data *request)
{
    pjsip_rx_data like;
    pj_str_t text;

    pj_bzero(&like, sizeof(like));
    like.msg_info.via = (pjsip_via_hdr *)pjsip_msg_find_hdr(request->msg, PJSIP_H_VIA, NULL);
    if (like.msg_info.via &&
        pjsip_tsx_create_key(request->pool, &text, PJSIP_ROLE_UAC,
                             &request->msg->line.req.method, &like) == PJ_SUCCESS &&
        text.slen <= KEY_OCTETS) {
        pj_memcpy(key->text, text.ptr, text.slen);
        key->length = text.slen;
    }
}

pj_status_t __wrap_pjsip_endpt_send_request(pjsip_endpoint *endpoint, pjsip_tx_data *request,
                                            pj_int32_t timeout, void *token,
                                            pjsip_endpt_send_callback callback)
{
    struct key *key = place_of(request, token);
    pj_status_t status;

    if (!key)
        return __real_pjsip_endpt_send_request(endpoint, request, timeout, token, callback);
    key->length = 0;
    pjsip_tx_data_add_ref(request);
    status = __real_pjsip_endpt_send_request(endpoint, request, timeout, token, callback);
    if (status == PJ_SUCCESS)
        note(key, request);
    pjsip_tx_data_dec_ref(request);
    return status;
}

/* The account's last REGISTER is sent no more; nothing happens if it has its
 * answer. A provisional answer does not begin the repeating anew: over a
 * reliable transport, for which the transaction is taken now, there is none.
 */
void repeats_end(pjsua_acc_id account)
{
    pjsip_transaction *transaction;
    pj_str_t text;

    if (account < 0 || account >= (int)PJ_ARRAY_SIZE(keys) || !keys[account].length)
        return;
    pj_strset(&text, keys[account].text, keys[account].length);
    keys[account].length = 0;
    transaction = pjsip_tsx_layer_find_tsx2(&text, PJ_TRUE);
    if (!transaction)
        return;
    pj_grp_lock_acquire(transaction->grp_lock);
    transaction->is_reliable = PJ_TRUE;
    pj_timer_heap_cancel_if_active(pjsip_endpt_get_timer_heap(transaction->endpt),
                                   &transaction->retransmit_timer, 0);
    pj_grp_lock_release(transaction->grp_lock);
    pj_grp_lock_dec_ref(transaction->grp_lock);
}

/* The refusal of a stranger's INVITE, which is let in where anybody may call, is
 * sent once for each INVITE and not until its ACK comes (section 17.2.1): whoever
 * writes somebody else's address into it has that one sent ten refusals.
 */
void repeats_spare(pjsip_rx_data *invite)
{
    pjsip_transaction *transaction = pjsip_rdata_get_tsx(invite);

    if (transaction && !gate_is_server(&invite->pkt_info.src_addr))
        transaction->is_reliable = PJ_TRUE;
}
