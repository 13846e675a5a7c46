"""Certificates from outside AWS that open roles."""
