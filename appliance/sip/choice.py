"""Which account a request from outside is for, where the phone has several. Pure.

The library goes by the user in To alone, and so takes one account for another when two servers
know this phone by the same extension. Each account's Contact therefore carries a parameter of its
own (``line``, as desk phones have had it for long), which a server puts into the request line
(RFC 3261 section 19.1.1 forbids it to drop parameters that it does not know). A server that does so
all the same is told by its address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from appliance.sip.trust import is_from

_LINE = re.compile(r"^[A-Z]+ [^\r\n ]*;line=(\d{1,3})(?=[;?>\s])", re.IGNORECASE)


def contact_parameters(account: int) -> str:
    """What the Contact of this account carries to be known by."""
    return f";line={account + 1}"


def account_for(
    message: str, source: str, proposed: int, servers: Mapping[int, Iterable[str]]
) -> int:
    """The account that a request from `source` is for; `proposed` where nothing tells.

    `servers` are the addresses of the server of each account. An account is never taken for one
    whose server is another while there is one that `source` serves.
    """
    serves = [account for account, addresses in servers.items() if is_from(source, addresses)]
    named = _LINE.match(message)
    wanted = int(named[1]) - 1 if named else proposed
    for account in (wanted, proposed):
        if account in serves:
            return account
    return serves[0] if serves else proposed
