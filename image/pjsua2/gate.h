/* What the rooms of our part of the library share; see gate.c. */
#ifndef GATE_H
#define GATE_H

#include <pj/sock.h>
#include <pj/types.h>

/* Whether the address is one of a server that we have turned to. */
int gate_is_server(const pj_sockaddr *source);

/* The address in use of the server with that name, as text; NULL: unknown. */
const char *gate_address_of(const char *name);

struct pjsip_transport;

/* Whether who is at the other end of a transport may ask anything of us; what
 * else arrives there is answers.
 */
int gate_may_ask(const struct pjsip_transport *transport);

/* A connection has spoken; see flow.c. */
void flow_note(const struct pjsip_transport *transport, const char *packet, pj_size_t length);

struct pjsip_msg;
struct pjsip_rx_data;

/* An answer is heard without the headers that cannot be read; see garbled.c. */
void garbled_mend(struct pjsip_msg *message, struct pjsip_rx_data *rdata);

/* A stranger is sent nothing over and over; see repeats.c. */
void repeats_spare(struct pjsip_rx_data *invite);

/* The octets of the message that PJSIP is dealing with; 0: with none. */
pj_size_t gate_question(void);

#endif
