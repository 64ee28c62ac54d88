/* The GRUU: dialogs bear the name by which the server finds this phone.
 *
 * PJSIP puts an account's Contact into every dialog. A registrar may have
 * given the phone a globally routable URI instead (RFC 5627), which outlives
 * a changed address and leads to this phone from anywhere. This source is
 * linked into the Python extension with `--wrap` for the two functions that
 * begin a dialog, and gives them that URI; a REGISTER keeps the Contact, for
 * that is what the URI stands for. Which URI belongs to which Contact is told
 * by appliance/sip/gruu.py. Everything here runs on the one thread that owns
 * PJSIP.
 */
#include "gate.h"

#include <pjsip.h>
#include <string.h>

enum
{
    MAX_NAMES = 8,
    MARK = 96,  /* octets: what an account's Contact has and no other one's */
    NAME = 512  /* octets: "<sip:...>" */
};

static struct { char mark[MARK], contact[NAME]; } names[MAX_NAMES];

/* Gives Contacts with this mark that name; an empty one gives them back their
 * own. Nonzero: too long, or too many, and nothing has changed.
 */
int gruu_set(const char *mark, const char *contact)
{
    int i, place = -1;

    if (!*mark || strlen(mark) >= MARK || strlen(contact) >= NAME)
        return 1;
    for (i = 0; i < MAX_NAMES; ++i) {
        if (strcmp(names[i].mark, mark) == 0) {
            place = i;
            break;
        }
        if (place < 0 && !names[i].mark[0])
            place = i;
    }
    if (place < 0)
        return 1;
    strcpy(names[place].mark, *contact ? mark : "");
    strcpy(names[place].contact, contact);
    return 0;
}

static pj_str_t named(const pj_str_t *contact)
{
    int i;

    for (i = 0; contact && i < MAX_NAMES; ++i) {
        pj_str_t mark = pj_str(names[i].mark);

        if (mark.slen && pj_strstr(contact, &mark))
            return pj_str(names[i].contact);
    }
    return (pj_str_t){NULL, 0};
}

pj_status_t __real_pjsip_dlg_create_uac(pjsip_user_agent *, const pj_str_t *, const pj_str_t *,
                                        const pj_str_t *, const pj_str_t *, pjsip_dialog **);

pj_status_t __wrap_pjsip_dlg_create_uac(pjsip_user_agent *ua, const pj_str_t *local_uri,
                                        const pj_str_t *contact, const pj_str_t *remote_uri,
                                        const pj_str_t *target, pjsip_dialog **dialog)
{
    pj_str_t name = named(contact);

    return __real_pjsip_dlg_create_uac(ua, local_uri, name.slen ? &name : contact, remote_uri,
                                       target, dialog);
}

pj_status_t __real_pjsip_dlg_create_uas_and_inc_lock(pjsip_user_agent *, pjsip_rx_data *,
                                                     const pj_str_t *, pjsip_dialog **);

pj_status_t __wrap_pjsip_dlg_create_uas_and_inc_lock(pjsip_user_agent *ua, pjsip_rx_data *rdata,
                                                     const pj_str_t *contact,
                                                     pjsip_dialog **dialog)
{
    pj_str_t name = named(contact);

    pj_status_t status = __real_pjsip_dlg_create_uas_and_inc_lock(
        ua, rdata, name.slen ? &name : contact, dialog);

    if (status == PJ_SUCCESS)
        repeats_spare(rdata);
    return status;
}
