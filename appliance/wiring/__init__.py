"""The only room where a whole phone is put together: on a unit, simulated, or under a script.

Everything else meets through `ports`. `desk` makes a desk unit of real or simulated hardware,
`life` runs a phone from its first effect to its last, `plans` says what differs between the kinds.
"""
