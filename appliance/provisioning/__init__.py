"""Provisioning: a unit's configuration from the server of its site.

What a server offers is staged whole, read as any other configuration, and tried: only what has
registered is kept. Until then, and whenever anything is wrong with it, the one before holds.
"""
