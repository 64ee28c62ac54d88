"""The registration doctor: walks the handshake layer by layer and says which one fails.

It uses the same looks and the same words as the phone itself (`appliance.sip`), from sockets of its
own, and may run beside a running phone, which it asks for what only that knows. Nothing here
changes a registration, a file or the network, and nothing here knows pjsua2.
"""
