/* No name is looked up by PJSIP itself: getaddrinfo() would have the one thread
 * that owns it, and with it every call, wait for as long as a name server is
 * silent.
 *
 * Names come in everywhere: the machine's own (pj_gethostip, with every offer
 * of IPv6), and whatever somebody writes into a description's `c=` line. What a
 * phone has to look up goes through the resolver that appliance/sip/resolver.py
 * is, which blocks nobody. Linked with `--wrap` in front of getaddrinfo().
 */
#include "gate.h"

#include <netdb.h>

int __real_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **result);

int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **result)
{
    struct addrinfo numeric = *hints;
    const char *known = gate_address_of(node);

    numeric.ai_flags |= AI_NUMERICHOST;
    return __real_getaddrinfo(known ? known : node, service, &numeric, result);
}
