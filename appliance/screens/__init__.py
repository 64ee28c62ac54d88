"""From words to pixels: the pictures of the display.

A `Screen` comes in, a 1-bit picture goes out; nothing here knows calls, keys or the phone's state,
and nothing here knows a bus or a thread. `compose` says what stands where, `render` draws it,
`painter` hands it to the panel.
"""
