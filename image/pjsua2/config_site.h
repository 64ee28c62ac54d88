/* Deskphone's build-time settings of PJSIP.
 *
 * A desk phone: voice only, a few calls, many short-lived sockets under test.
 * Only what departs from PJSIP's defaults stands here, each with its reason.
 * build.sh hashes this file into the wheel's cache key.
 */

/* A phone without a camera: no video code, no video lines in an offer. */
#define PJMEDIA_HAS_VIDEO           0

/* Registrars with an AAAA record are reached as they are. */
#define PJ_HAS_IPV6                 1

/* Each transport and each call would look our own host name up, and with a
 * silent name server the one thread of SIP would stand still for 10 to 20 s.
 * Our address is that of the way to the server. */
#define PJ_GETHOSTIP_DISABLE_LOCAL_RESOLUTION       1

/* The default of 64 ran into PJ_ETOOMANY when calls came and went quickly. */
#define PJ_IOQUEUE_MAX_HANDLES      1024

/* An INVITE with all our codecs passes 1,300 bytes; RFC 3261 section 18.1.1
 * would then have it sent over TCP, which a PBX configured for UDP refuses. */
#define PJSIP_DONT_SWITCH_TO_TCP    1

/* Room for INVITEs with History-Info, Identity and long record routes. */
#define PJSIP_MAX_PKT_LEN           8000

/* The default of 4 would refuse a fifth call with 486 below the phone's own
 * rules; how many calls a phone holds is for the phone to decide. */
#define PJSUA_MAX_CALLS             32

/* The phone calls its server; nobody calls the phone. A TCP or TLS transport
 * is there for the connections that we open, and the server's requests come
 * back on those (RFC 5923): no port listens. */
#define PJSIP_TCP_TRANSPORT_DONT_CREATE_LISTENER    1
#define PJSIP_TLS_TRANSPORT_DONT_CREATE_LISTENER    1

/* appliance/sip/flow.py pings connections, and looks whether anybody answers;
 * PJSIP would only ping. */
#define PJSIP_TCP_KEEP_ALIVE_INTERVAL       0
#define PJSIP_TLS_KEEP_ALIVE_INTERVAL       0

/* Keys of the audio agreed on in the audio's own path (RFC 5764), for PBXs that
 * want it; an account chooses. Off by default. */
#define PJMEDIA_SRTP_HAS_DTLS       1
