"""The version and the address of the documentation, each in one place."""

__version__ = "0.1.0.dev0"

DOCUMENTATION = "https://skfcn.readthedocs.io/en/latest/"
