"""The public verbs of governance."""

from __future__ import annotations

from setpoint.governance.acting import acting, acting_as, demand, needs
from setpoint.governance.audit import (
    AuditChoices,
    AuditFilter,
    audit_choices,
    count_audit,
    every_entry,
    list_audit,
    record_audit,
    search_audit,
)
from setpoint.governance.company import change_logo, company, update_company
from setpoint.governance.devices import Device, end_device, end_other_devices, list_devices
from setpoint.governance.invitations import invite, link_of, list_invitations, open_invitation, revoke_invitation
from setpoint.governance.keys import authenticate_key, create_api_key, list_api_keys, revoke_api_key
from setpoint.governance.logo import unpacked as unpacked_logo
from setpoint.governance.mail import mail_invitation
from setpoint.governance.notices import list_notices, notify, read_notices, unread, withdraw
from setpoint.governance.people import (
    anybody,
    change_person,
    change_self,
    create_person,
    end_sessions,
    find_person,
    list_people,
)
from setpoint.governance.preferences import keep_preference, preference
from setpoint.governance.recovery import forget_second_factor, person_by_email, person_of_link, reset_link, sign_in_link
from setpoint.governance.second_factor import has_second_factor, picture_of_secret, with_second_factor
from setpoint.governance.secrecy import decrypt, encrypt, sign, verify
from setpoint.governance.versions import refuse_stale

__all__ = [
    "AuditChoices",
    "AuditFilter",
    "Device",
    "acting",
    "acting_as",
    "anybody",
    "audit_choices",
    "authenticate_key",
    "change_logo",
    "change_person",
    "change_self",
    "company",
    "count_audit",
    "create_api_key",
    "create_person",
    "decrypt",
    "demand",
    "encrypt",
    "end_device",
    "end_other_devices",
    "end_sessions",
    "every_entry",
    "find_person",
    "forget_second_factor",
    "has_second_factor",
    "invite",
    "keep_preference",
    "link_of",
    "list_api_keys",
    "list_audit",
    "list_devices",
    "list_invitations",
    "list_notices",
    "list_people",
    "mail_invitation",
    "needs",
    "notify",
    "open_invitation",
    "person_by_email",
    "person_of_link",
    "picture_of_secret",
    "preference",
    "read_notices",
    "record_audit",
    "refuse_stale",
    "reset_link",
    "revoke_api_key",
    "revoke_invitation",
    "search_audit",
    "sign",
    "sign_in_link",
    "unpacked_logo",
    "unread",
    "update_company",
    "verify",
    "with_second_factor",
    "withdraw",
]
