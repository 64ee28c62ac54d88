/* The gate: what strangers send is dropped before PJSIP reads a byte of it.
 *
 * PJSIP parses whatever arrives, and answers most of it, before it asks the
 * application anything: to a scanner that is a phone. This source is linked
 * into the Python extension with `--wrap` for the function through which every
 * transport hands over what it has received. Whose packets pass is told by
 * appliance/sip/gate.py. Everything here runs on the one thread that owns
 * PJSIP; nothing here allocates, logs, or answers.
 */
#include "gate.h"

#include <arpa/inet.h>
#include <pjsip.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum
{
    ADDRESS = 16,       /* octets: IPv6, or IPv4 mapped into it */
    NAME = 256,         /* the longest name of a host, and its end */
    MAX_SERVERS = 64,
    MAX_SOURCES = 64,   /* strangers remembered at a time */
    STRANGER_RATE = 5,  /* packets a second from one stranger that may call */
    STRANGERS_RATE = 50 /* and from all of them */
};

/* Laid out for ctypes; see appliance/sip/gate.py. */
struct gate_server
{
    uint8_t address[ADDRESS];
    char name[NAME]; /* that its TLS certificate has to bear; "": without TLS */
};

struct gate_report
{
    uint64_t strangers; /* packets of strangers that were dropped */
    uint64_t flooded;   /* packets of servers that came too fast */
    uint8_t last[ADDRESS];
    uint16_t last_port;
    uint16_t last_was_answer;
};

/* A bucket that holds two seconds' worth of packets and fills at a rate. */
struct bucket
{
    uint8_t address[ADDRESS];
    double level, at;
};

static struct gate_server servers[MAX_SERVERS];
static struct bucket levels[MAX_SERVERS], sources[MAX_SOURCES], strangers;
static unsigned server_count, server_rate;
static int anyone_may_call;
static struct gate_report report;
static pj_size_t question;

/* Lets pass the packets of `count` servers, at most `rate` datagrams a second
 * of each (0: any number), and with `anyone` what makes up a call from
 * everywhere. Nonzero: too many servers, and nothing has changed.
 */
int gate_admit(const struct gate_server *admitted, unsigned count, unsigned rate, int anyone)
{
    if (count > MAX_SERVERS)
        return 1;
    pj_bzero(levels, sizeof(levels));
    pj_memcpy(servers, admitted, count * sizeof(*servers));
    server_count = count;
    server_rate = rate;
    anyone_may_call = anyone;
    return 0;
}

void gate_read(struct gate_report *into) { *into = report; }

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int takes_one(struct bucket *bucket, unsigned rate)
{
    double at = now(), most = 2.0 * rate;

    bucket->level = bucket->at == 0 ? most : bucket->level + (at - bucket->at) * rate;
    bucket->at = at;
    if (bucket->level > most)
        bucket->level = most;
    if (bucket->level < 1.0)
        return 0;
    bucket->level -= 1.0;
    return 1;
}

static void address_of(const pj_sockaddr *source, uint8_t *address)
{
    if (source->addr.sa_family == pj_AF_INET6()) {
        pj_memcpy(address, &source->ipv6.sin6_addr, ADDRESS);
    } else {
        pj_bzero(address, ADDRESS);
        address[10] = address[11] = 0xff;
        pj_memcpy(address + 12, &source->ipv4.sin_addr, 4);
    }
}

int gate_is_server(const pj_sockaddr *source)
{
    uint8_t address[ADDRESS];
    unsigned i;

    address_of(source, address);
    for (i = 0; i < server_count; ++i)
        if (pj_memcmp(servers[i].address, address, ADDRESS) == 0)
            return 1;
    return 0;
}

const char *gate_address_of(const char *name)
{
    static char text[INET6_ADDRSTRLEN];
    unsigned i;

    for (i = 0; i < server_count; ++i) {
        const uint8_t *address = servers[i].address;

        if (!servers[i].name[0] || strcasecmp(servers[i].name, name) != 0)
            continue;
        if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)address))
            return inet_ntop(AF_INET, address + 12, text, sizeof(text));
        return inet_ntop(AF_INET6, address, text, sizeof(text));
    }
    return NULL;
}

pj_size_t gate_question(void) { return question; }

static int begins(const char *packet, pj_size_t length, const char *with)
{
    pj_size_t n = pj_ansi_strlen(with);

    return length >= n && pj_memcmp(packet, with, n) == 0;
}

/* What belongs to a call: the rest a stranger has no business to ask for. */
static int is_of_a_call(const char *packet, pj_size_t length)
{
    static const char *const starts[] = { "INVITE ", "ACK ",  "BYE ",  "CANCEL ",
                                          "PRACK ",  "INFO ", "UPDATE ", "SIP/2.0 " };
    unsigned i;

    for (i = 0; i < PJ_ARRAY_SIZE(starts); ++i)
        if (begins(packet, length, starts[i]))
            return 1;
    return 0;
}

static struct bucket *bucket_of(const uint8_t *address)
{
    struct bucket *bucket;
    unsigned i, hash = 0;

    for (i = 0; i < ADDRESS; ++i)
        hash = hash * 31 + address[i];
    bucket = &sources[hash % MAX_SOURCES];
    if (pj_memcmp(bucket->address, address, ADDRESS) != 0) {
        pj_bzero(bucket, sizeof(*bucket));
        pj_memcpy(bucket->address, address, ADDRESS);
    }
    return bucket;
}

/* A TLS connection that we opened, for nobody can open one to us: PJSIP has
 * verified that its end bears the name that we called it by. What comes from
 * there is an answer to us, unless that name is a server's.
 */
static int is_proven(const pjsip_transport *transport, const char *packet, pj_size_t length)
{
    if (transport->dir != PJSIP_TP_DIR_OUTGOING)
        return 0;
    return begins(packet, length, "SIP/2.0 ") || gate_may_ask(transport);
}

int gate_may_ask(const pjsip_transport *transport)
{
    const pj_str_t *name = &transport->remote_name.host;
    unsigned i;

    if (!(transport->flag & PJSIP_TRANSPORT_SECURE))
        return 1;
    for (i = 0; i < server_count; ++i)
        if (servers[i].name[0] && pj_stricmp2(name, servers[i].name) == 0)
            return 1;
    return 0;
}

/* The number of the server without TLS that has the address; -1: none. */
static int plain_server(const uint8_t *address)
{
    unsigned i;

    for (i = 0; i < server_count; ++i)
        if (!servers[i].name[0] && pj_memcmp(servers[i].address, address, ADDRESS) == 0)
            return (int)i;
    return -1;
}

static int passes(const pjsip_rx_data *rdata)
{
    const pjsip_transport *transport = rdata->tp_info.transport;
    const char *packet = rdata->pkt_info.packet;
    pj_size_t length = (pj_size_t)rdata->pkt_info.len;
    uint8_t address[ADDRESS];
    int server;

    address_of(&rdata->pkt_info.src_addr, address);
    if (transport->flag & PJSIP_TRANSPORT_SECURE) {
        if (is_proven(transport, packet, length))
            return 1;
    } else if ((server = plain_server(address)) >= 0) {
        if (!server_rate || !(transport->flag & PJSIP_TRANSPORT_DATAGRAM) ||
            takes_one(&levels[server], server_rate))
            return 1;
        ++report.flooded;
        return 0;
    } else if (anyone_may_call && is_of_a_call(packet, length) &&
               takes_one(bucket_of(address), STRANGER_RATE) &&
               takes_one(&strangers, STRANGERS_RATE)) {
        return 1;
    }
    ++report.strangers;
    pj_memcpy(report.last, address, ADDRESS);
    report.last_port = pj_sockaddr_get_port(&rdata->pkt_info.src_addr);
    report.last_was_answer = (uint16_t)begins(packet, length, "SIP/2.0 ");
    return 0;
}

pj_ssize_t __real_pjsip_tpmgr_receive_packet(pjsip_tpmgr *manager, pjsip_rx_data *rdata);

pj_ssize_t __wrap_pjsip_tpmgr_receive_packet(pjsip_tpmgr *manager, pjsip_rx_data *rdata)
{
    pj_ssize_t eaten;

    if (!passes(rdata))
        return rdata->pkt_info.len;
    question = (pj_size_t)rdata->pkt_info.len;
    flow_note(rdata->tp_info.transport, rdata->pkt_info.packet, question);
    eaten = __real_pjsip_tpmgr_receive_packet(manager, rdata);
    question = 0;
    return eaten;
}
