/* Answers with a header that nobody can read: a Retry-After with a date, a
 * challenge that is no digest, a contact that is a star or none at all.
 *
 * PJSIP drops such an answer as a whole, and the phone would speak of a server
 * that says nothing; at the star it aborts. What is left out instead is the
 * header; without those that say whose answer it is there is none. Requests are
 * none of this: they get 400.
 */
#include "gate.h"

#include <pjsip.h>

static int is_needed(const pj_str_t *name)
{
    static const char *const needed[] = { "Via", "v", "From", "f",    "To", "t",
                                          "Call-ID", "i", "CSeq", "Content-Length", "l" };
    unsigned i;

    for (i = 0; i < PJ_ARRAY_SIZE(needed); ++i)
        if (pj_stricmp2(name, needed[i]) == 0)
            return 1;
    return name->slen == 0; /* what is no header at all */
}

/* RFC 3261 section 10.2.2 has the star in requests alone. */
static void drop_stars(pjsip_msg *answer)
{
    pjsip_contact_hdr *contact = pjsip_msg_find_hdr(answer, PJSIP_H_CONTACT, NULL), *next;

    for (; contact; contact = next) {
        next = contact->next == (void *)&answer->hdr
                   ? NULL
                   : pjsip_msg_find_hdr(answer, PJSIP_H_CONTACT, contact->next);
        if (contact->star || !contact->uri)
            pj_list_erase(contact);
    }
}

void garbled_mend(pjsip_msg *message, pjsip_rx_data *rdata)
{
    pjsip_parser_err_report *errors = &rdata->msg_info.parse_err, *error;

    if (message->type != PJSIP_RESPONSE_MSG)
        return;
    drop_stars(message);
    for (error = errors->next; error != errors; error = error->next)
        if (is_needed(&error->hname))
            return;
    pj_list_init(errors);
}
