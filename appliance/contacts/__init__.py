"""Contacts out of files: CSV and vCard in, contacts and refused lines out; never raises."""
