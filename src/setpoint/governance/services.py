"""The public verbs of governance."""

from __future__ import annotations

from setpoint.governance.audit import list_audit, record_audit
from setpoint.governance.company import company, update_company
from setpoint.governance.keys import authenticate_key, create_api_key, list_api_keys, revoke_api_key
from setpoint.governance.secrecy import decrypt, encrypt, sign, verify

__all__ = [
    "authenticate_key",
    "company",
    "create_api_key",
    "decrypt",
    "encrypt",
    "list_api_keys",
    "list_audit",
    "record_audit",
    "revoke_api_key",
    "sign",
    "update_company",
    "verify",
]
