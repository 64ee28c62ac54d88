/* Flows: connections to a registrar that are asked whether anybody is there.
 *
 * A connection may stand, as the kernel sees it, to a server whose program
 * hangs. The client sends two line ends, the server answers with one (RFC 5626
 * section 4.4.1); PJSIP asks and never looks for the answer. When to ask, and
 * what silence means, is for appliance/sip/flow.py to say. Everything here runs
 * on the one thread that owns PJSIP.
 */
#include "gate.h"

#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

enum
{
    MAX_FLOWS = 64
};

static struct flow
{
    pjsip_transport *transport;
    unsigned holders, heard, pongs;
} flows[MAX_FLOWS];

static struct flow *flow_of(const pjsip_transport *transport)
{
    unsigned i;

    for (i = 0; i < MAX_FLOWS; ++i)
        if (flows[i].transport == transport)
            return &flows[i];
    return NULL;
}

/* Begins to listen to a connection, which stays in memory until the matching
 * flow_end(). Nonzero: it is gone already, or there are too many.
 */
int flow_begin(pjsip_transport *transport)
{
    struct flow *flow = flow_of(transport);

    if (!flow) {
        flow = flow_of(NULL);
        if (!flow || pjsip_transport_add_ref(transport) != PJ_SUCCESS)
            return 1;
        flow->transport = transport;
        flow->heard = flow->pongs = 0;
    }
    ++flow->holders;
    return 0;
}

void flow_end(pjsip_transport *transport)
{
    struct flow *flow = flow_of(transport);

    if (!flow || --flow->holders)
        return;
    flow->transport = NULL;
    pjsip_transport_dec_ref(transport);
}

/* Sends a ping over a connection that was begun; PJSIP's status. */
int flow_ping(pjsip_transport *transport)
{
    pjsip_tpselector by;

    pj_bzero(&by, sizeof(by));
    by.type = PJSIP_TPSELECTOR_TRANSPORT;
    by.u.transport = transport;
    return pjsip_tpmgr_send_raw(pjsip_endpt_get_tpmgr(pjsua_get_pjsip_endpt()),
                                (pjsip_transport_type_e)transport->key.type, &by, NULL,
                                "\r\n\r\n", 4, &transport->key.rem_addr, transport->addr_len,
                                NULL, NULL);
}

/* Writes where a connection leads, as `address:port`; no more than `size` octets. */
void flow_peer(const pjsip_transport *transport, char *text, int size)
{
    pj_sockaddr_print(&transport->key.rem_addr, text, size, 3);
}

/* How often it has spoken since it was begun, and how often with a pong. */
void flow_read(const pjsip_transport *transport, unsigned *heard, unsigned *pongs)
{
    const struct flow *flow = flow_of(transport);

    *heard = flow ? flow->heard : 0;
    *pongs = flow ? flow->pongs : 0;
}

/* One line end is a pong; two are a ping of the server's own. */
void flow_note(const pjsip_transport *transport, const char *packet, pj_size_t length)
{
    struct flow *flow = flow_of(transport);

    if (!flow)
        return;
    ++flow->heard;
    flow->pongs += length >= 2 && packet[0] == '\r' && packet[1] == '\n' &&
                   (length == 2 || packet[2] != '\r');
}
