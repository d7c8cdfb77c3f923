"""Attacks by an untrusted client on the running bot."""
