/* The subscription to an account's message summary (RFC 3842), begun and ended
 * when appliance/sip/mailbox.py says so: pjsua2 can only say it by modifying the
 * account, which makes PJSIP forget its Contact and its registration.
 */
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

/* PJSIP subscribes again by itself whenever the account is registered anew, for
 * as long as that is wanted; nonzero: its reason why not.
 */
pj_status_t mailbox_subscribe(pjsua_acc_id account, int wanted)
{
    if (!pjsua_acc_is_valid(account))
        return PJ_EINVAL;
    pjsua_var.acc[account].cfg.mwi_enabled = wanted;
    return pjsua_start_mwi(account, PJ_TRUE);
}
