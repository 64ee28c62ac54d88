"""Provisioning: what a server offers, honest or not, and what becomes of it on a card."""
