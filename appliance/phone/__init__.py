"""The pure core: what the phone does, with nothing to do it with.

Nothing in this room imports anything outside it but the standard library's value types; nothing
touches a pin, a socket, a clock, a thread or a file.
"""
