/* Remote control: a NOTIFY within a call whose event is `talk` or `hold`.
 *
 * Servers that act for an agent's screen have the phone answer, resume or hold
 * so. There is no subscription, and PJSIP would answer 500. This module stands
 * in front of the dialogs and takes just these; what is done is for
 * appliance/sip/remote.py to say. The gate has let nobody's in but a server's.
 * Everything here runs on the one thread that owns PJSIP.
 */
#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

typedef void (*remote_callback)(int call, int hold);

static remote_callback tell;

/* 1: hold, 0: talk, -1: neither. */
static int wish_of(const pjsip_msg *message)
{
    static const pj_str_t full = { "Event", 5 }, compact = { "o", 1 };
    pjsip_hdr *header = pjsip_msg_find_hdr_by_names(message, &full, &compact, NULL);
    char text[64], *value;
    int length = header ? pjsip_hdr_print_on(header, text, sizeof(text) - 1) : -1;

    if (length <= 0)
        return -1;
    text[length] = '\0';
    value = strchr(text, ':');
    if (!value)
        return -1;
    value += 1 + strspn(value + 1, " \t");
    value[strcspn(value, "; \t\r\n")] = '\0';
    return pj_ansi_stricmp(value, "hold") == 0 ? 1 : pj_ansi_stricmp(value, "talk") == 0 ? 0 : -1;
}

/* The number of the call that the request belongs to; -1: none. */
static int call_of(const pjsip_rx_data *rdata)
{
    pjsip_dialog *dialog;
    pjsua_call *call;
    int number = -1;

    if (!rdata->msg_info.to->tag.slen)
        return -1;
    dialog = pjsip_ua_find_dialog(&rdata->msg_info.cid->id, &rdata->msg_info.to->tag,
                                  &rdata->msg_info.from->tag, PJ_TRUE);
    if (!dialog)
        return -1;
    call = dialog->mod_data[pjsua_var.mod.id];
    if (call && call->inv && call->inv->dlg == dialog)
        number = call->index;
    pjsip_dlg_dec_lock(dialog);
    return number;
}

static pj_bool_t on_request(pjsip_rx_data *rdata)
{
    int hold, call;

    if (pj_strcmp2(&rdata->msg_info.msg->line.req.method.name, "NOTIFY") != 0 ||
        (hold = wish_of(rdata->msg_info.msg)) < 0 || (call = call_of(rdata)) < 0)
        return PJ_FALSE;
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, PJSIP_SC_OK, NULL, NULL, NULL);
    tell(call, hold);
    return PJ_TRUE;
}

static pjsip_module module = {
    .name = { "mod-deskphone-remote", 20 },
    .id = -1,
    .priority = PJSIP_MOD_PRIORITY_TRANSPORT_LAYER + 2,
    .on_rx_request = &on_request,
};

/* Begins with it; `callback` stays for as long as the library lives. Nonzero:
 * PJSIP's reason why not.
 */
pj_status_t remote_begin(remote_callback callback)
{
    tell = callback;
    module.id = -1;
    return pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module);
}
