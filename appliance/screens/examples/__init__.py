"""Every kind of screen as an example, by name.

The examples are what `view` says of the states that they are named for, which a test holds; the
numbers are of the kind that no one has (555-01xx).
"""

from __future__ import annotations

from appliance.screens.examples.at_rest import AT_REST
from appliance.screens.examples.calls import CALLS
from appliance.screens.examples.lists import LISTS
from appliance.screens.examples.menus import MENUS
from appliance.screens.examples.others import OTHERS

EXAMPLES = AT_REST | CALLS | OTHERS | MENUS | LISTS
