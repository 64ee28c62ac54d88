"""From words to pixels: the pictures of the display, and the thread that shows them.

A `Screen` comes in, a 1-bit picture goes out; nothing here knows calls, keys or the phone's state,
and nothing here knows a bus. `compose` says what stands where, `render` draws it, `painter` carries
it to the panel.
"""
