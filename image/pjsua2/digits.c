/* A digit of a call ends (RFC 4733), when appliance/sip/legs.py says so: pjsua2
 * can only say when it begins, and for how long at most.
 */
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>

extern void pjmedia_stream_end_dtmf(pjmedia_stream *stream);

/* Nonzero: there is no such call, or it has no audio. To be called where calls
 * and their media come and go, on the one thread that owns PJSIP.
 */
pj_status_t digits_end(pjsua_call_id number)
{
    const pjsua_call *call;

    if (number < 0 || number >= (int)pjsua_var.ua_cfg.max_calls || !pjsua_call_has_media(number))
        return PJ_EINVAL;
    call = &pjsua_var.calls[number];
    if (call->audio_idx < 0 || !call->media[call->audio_idx].strm.a.stream)
        return PJ_EINVAL;
    pjmedia_stream_end_dtmf(call->media[call->audio_idx].strm.a.stream);
    return PJ_SUCCESS;
}
