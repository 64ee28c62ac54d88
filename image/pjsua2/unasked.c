/* The last of PJSIP's modules: what none of the others took is answered as the
 * RFCs ask, where PJSIP would say nothing and have the server send it again for
 * half a minute. The gate has let it in, so that no stranger hears of it.
 */
#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

/* A dialog or subscription that is not ours: RFC 3261 sections 9.2 and 12.2.2,
 * 3262 section 3, 3311 section 5.2, 6086 section 4.2.2, 6665 section 4.1.3. The
 * rest we know, and do not let be asked of us (403), or have never heard of
 * (501): 3261 section 21.
 */
static int answer_to(const pjsip_rx_data *rdata)
{
    static const struct
    {
        const char *method;
        int code;
    } known[] = {
        { "ACK", 0 },      { "BYE", 481 },    { "CANCEL", 481 },  { "INFO", 481 },
        { "INVITE", 403 }, { "PRACK", 481 },  { "UPDATE", 481 },  { "NOTIFY", 481 },
        { "REFER", 403 },  { "MESSAGE", 403 }, { "PUBLISH", 403 }, { "REGISTER", 403 },
        { "OPTIONS", 403 }, { "SUBSCRIBE", 403 },
    };
    const pj_str_t *method = &rdata->msg_info.msg->line.req.method.name;
    unsigned i;

    for (i = 0; i < PJ_ARRAY_SIZE(known); ++i) {
        if (pj_strcmp2(method, known[i].method) != 0)
            continue;
        return known[i].code && rdata->msg_info.to->tag.slen ? 481 : known[i].code;
    }
    return 501;
}

static pj_bool_t on_request(pjsip_rx_data *rdata)
{
    int code = answer_to(rdata);

    if (code)
        pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, code, NULL, NULL, NULL);
    return PJ_TRUE;
}

static pjsip_module module = {
    .name = { "mod-deskphone-unasked", 21 },
    .id = -1,
    .priority = PJSIP_MOD_PRIORITY_APPLICATION + 99,
    .on_rx_request = &on_request,
};

/* Begins with it; nonzero: PJSIP's reason why not. */
pj_status_t unasked_begin(void)
{
    return pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module);
}
