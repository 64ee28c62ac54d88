"""Hundreds of units from one table: device files, the PBX's accounts, labels, and every mistake.

For IT's own machine: nothing here runs on a unit, and no phone imports it. A table comes in, files
to be reviewed come out; nothing is sent anywhere.
"""
