"""Accounts that close: one ledger, settled once a quarter."""
