"""The exchange: who may register, who may call, and who is called.

Every REGISTER and every INVITE must carry the digest of an account; what is dialled is looked up
in the dial plan first and among the accounts second. Runs on one event loop in a process of its
own and holds everything in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from weakref import WeakSet

from appliance import __version__
from appliance.demo.bridge import Bridge
from appliance.demo.digest import Authenticator, Verdict
from appliance.demo.extensions import DIAL_PLAN, Place
from appliance.demo.legs import OutgoingLeg, Reply, Request
from appliance.demo.registrar import OutOfOrder, Registrar
from appliance.demo.stack import METHODS, SipLeg, SipStack

REALM = "deskphone-demo"
NOT_FOUND = Reply(404, "Not Found")
FORBIDDEN = Reply(403, "Forbidden")
UNAVAILABLE = Reply(480, "Temporarily Unavailable")
_ALLOW = (("Allow", METHODS),)


class Pbx:
    """A small PBX on one UDP port; `passwords` are its accounts.

    To be made on a running event loop; raises OSError where the port cannot be had.
    """

    def __init__(self, address: str, port: int, passwords: Mapping[str, str]) -> None:
        self.address = address
        self._loop = asyncio.get_running_loop()
        self._accounts = frozenset(passwords)
        self._authenticator = Authenticator(REALM, passwords)
        self._registrar = Registrar()
        self._legs: WeakSet[SipLeg] = WeakSet()
        self._stack = SipStack(address, port, f"deskphone-demo/{__version__}", self._received)

    @property
    def port(self) -> int:
        """The UDP port that it listens on."""
        return self._stack.port

    def close(self) -> None:
        """Hang up everywhere and close the port; nobody's answer is waited for."""
        for leg in list(self._legs):
            leg.hang_up()
        self._stack.close()

    def _received(self, request: Request) -> Reply | SipLeg:
        if request.to_tag:
            return Reply(481, "Call/Transaction Does Not Exist")
        match request.method:
            case "REGISTER":
                return self._register(request)
            case "INVITE":
                return self._invite(request)
            case "OPTIONS":
                return Reply(200, "OK", (*_ALLOW, ("Accept", "application/sdp")))
            case _:
                return Reply(405, "Method Not Allowed", _ALLOW)

    def _challenge(self, request: Request) -> Reply | None:
        now = self._loop.time()
        verdict = self._authenticator.judge(request.credentials, request.method, now)
        if verdict is Verdict.ACCEPTED:
            return None
        challenge = self._authenticator.challenge(now, stale=verdict is Verdict.STALE)
        return Reply(401, "Unauthorized", (("WWW-Authenticate", challenge),))

    def _register(self, request: Request) -> Reply:
        user = request.to_user
        if user not in self._accounts:
            return NOT_FOUND
        challenge = self._challenge(request)
        if challenge is not None:
            return challenge
        if _proven(request) != user:
            return FORBIDDEN
        now = self._loop.time()
        try:
            if request.every_contact:
                if request.expires != 0 or request.contacts:
                    return Reply(400, "Contact: * goes with Expires: 0 and nothing else")
                self._registrar.unregister_all(
                    user, call_id=request.call_id, cseq=request.cseq, now=now
                )
                return Reply(200, "OK")
            bindings = self._registrar.register(
                user,
                request.contacts,
                expires=request.expires,
                source=request.source,
                call_id=request.call_id,
                cseq=request.cseq,
                now=now,
            )
        except OutOfOrder as late:
            return Reply(500, f"Out of order: {late}")
        return Reply(
            200,
            "OK",
            tuple(("Contact", f"<{each.uri}>;expires={each.remaining(now)}") for each in bindings),
        )

    def _invite(self, request: Request) -> Reply | SipLeg:
        challenge = self._challenge(request)
        if challenge is not None:
            return challenge
        if _proven(request) != request.from_user:
            return FORBIDDEN
        if request.user in DIAL_PLAN:
            leg = self._incoming(request)
            place = Place(self.address, request.user, request.from_user, self._leg_to)
            leg.listen(DIAL_PLAN[request.user](leg, place))
            return leg
        if request.user not in self._accounts:
            return NOT_FOUND
        callee = self._leg_to(request.user, request.from_user, request.from_name)
        if callee is None:
            return UNAVAILABLE
        leg = self._incoming(request)
        leg.listen(Bridge(leg, callee).from_caller)
        return leg

    def _incoming(self, request: Request) -> SipLeg:
        leg = self._stack.incoming_leg(request.user)
        self._legs.add(leg)
        return leg

    def _leg_to(self, user: str, caller: str, name: str) -> OutgoingLeg | None:
        binding = self._registrar.find(user, self._loop.time())
        if binding is None:
            return None
        leg = self._stack.outgoing_leg(binding.uri, binding.source, caller, name)
        self._legs.add(leg)
        return leg


def _proven(request: Request) -> str:
    return request.credentials.username if request.credentials is not None else ""
