"""Real peers for the tests: Asterisk, baresip and sipp, each as a context manager.

Whatever a peer starts here it also ends, by process id; whatever it writes lies in a temporary
directory; whatever it sends stays on loopback or in a network namespace made for the test. Nothing
in this package imports the phone: peers know SIP, not us.
"""
