/* What a server asks that PJSIP's dialogs know nothing of, and would answer with
 * 500, at which it may well end the call, or with 481.
 *
 * NOTIFY whose event is `talk` or `hold`: servers that act for an agent's screen
 * have the phone answer, resume or hold so, without a subscription; what is done
 * is for appliance/sip/remote.py to say. So it is with `check-sync`, `resync`
 * and `reboot` outside of calls, by which servers have a phone look for a newer
 * configuration. OPTIONS, and INFO without a body, ask
 * whether the call is still there. This module stands in front of the dialogs
 * and takes just these; the gate has let in nobody's NOTIFY and OPTIONS but a
 * server's. Everything here runs on the one thread that owns PJSIP.
 */
#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

typedef void (*remote_callback)(int call, int wish);

static remote_callback tell;

enum { NOTHING = -1, TALK, HOLD, CHECK, RESTART };

static int has(const char *value, const char *word)
{
    return pj_ansi_stricmp(value, word) == 0;
}

static int wish_of(const pjsip_msg *message)
{
    static const pj_str_t full = { "Event", 5 }, compact = { "o", 1 },
                          restart = { "reboot=true", 11 };
    pjsip_hdr *header = pjsip_msg_find_hdr_by_names(message, &full, &compact, NULL);
    char text[96], *value, *rest;
    pj_str_t parameters;
    int length = header ? pjsip_hdr_print_on(header, text, sizeof(text) - 1) : -1;

    if (length <= 0)
        return NOTHING;
    text[length] = '\0';
    value = strchr(text, ':');
    if (!value)
        return NOTHING;
    value += 1 + strspn(value + 1, " \t");
    rest = value + strcspn(value, "; \t\r\n");
    if (*rest)
        *rest++ = '\0';
    if (has(value, "talk"))
        return TALK;
    if (has(value, "hold"))
        return HOLD;
    if (has(value, "reboot"))
        return RESTART;
    if (has(value, "check-sync") || has(value, "resync")) {
        parameters = pj_str(rest);
        return pj_stristr(&parameters, &restart) ? RESTART : CHECK;
    }
    return NOTHING;
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

static int is_a(const pjsip_rx_data *rdata, const char *method)
{
    return pj_strcmp2(&rdata->msg_info.msg->line.req.method.name, method) == 0;
}

static void answer(pjsip_rx_data *rdata, int code, const pjsip_hdr *headers)
{
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, code, NULL, headers, NULL);
}

/* The same as outside a call, RFC 3261 section 11.2. */
static void say_what_we_can(pjsip_rx_data *rdata)
{
    static const int kinds[] = { PJSIP_H_ALLOW, PJSIP_H_ACCEPT, PJSIP_H_SUPPORTED };
    pjsip_hdr headers;
    unsigned i;

    pj_list_init(&headers);
    for (i = 0; i < PJ_ARRAY_SIZE(kinds); ++i) {
        const pjsip_hdr *known =
            pjsip_endpt_get_capability(pjsua_get_pjsip_endpt(), kinds[i], NULL);

        if (known)
            pj_list_push_back(&headers, pjsip_hdr_clone(rdata->tp_info.pool, known));
    }
    answer(rdata, PJSIP_SC_OK, &headers);
}

/* RFC 2976 section 2.2; a package we know of none, RFC 6086 section 4.2.2. */
static void answer_empty_info(pjsip_rx_data *rdata)
{
    static const pj_str_t package = { "Info-Package", 12 }, none = { "Recv-Info", 9 },
                          nothing = { "", 0 };
    pjsip_hdr headers;

    pj_list_init(&headers);
    if (!pjsip_msg_find_hdr_by_name(rdata->msg_info.msg, &package, NULL)) {
        answer(rdata, PJSIP_SC_OK, NULL);
        return;
    }
    pj_list_push_back(&headers, pjsip_generic_string_hdr_create(rdata->tp_info.pool, &none,
                                                                &nothing));
    answer(rdata, PJSIP_SC_BAD_INFO_PACKAGE, &headers);
}

static pj_bool_t on_request(pjsip_rx_data *rdata)
{
    int wish = is_a(rdata, "NOTIFY") ? wish_of(rdata->msg_info.msg) : NOTHING;
    int call = -1;

    if ((wish == TALK || wish == HOLD) && (call = call_of(rdata)) >= 0) {
        answer(rdata, PJSIP_SC_OK, NULL);
        tell(call, wish);
        return PJ_TRUE;
    }
    if (wish >= CHECK && !rdata->msg_info.to->tag.slen) {
        answer(rdata, PJSIP_SC_OK, NULL);
        tell(-1, wish);
        return PJ_TRUE;
    }
    if (is_a(rdata, "OPTIONS") && call_of(rdata) >= 0) {
        say_what_we_can(rdata);
        return PJ_TRUE;
    }
    if (is_a(rdata, "INFO") && !rdata->msg_info.msg->body && call_of(rdata) >= 0) {
        answer_empty_info(rdata);
        return PJ_TRUE;
    }
    return PJ_FALSE;
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
