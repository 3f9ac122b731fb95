"""Reads messages (a JSON list of base64 strings) from standard input and writes, as JSON, what Python's email package makes of them."""

import base64
import email
import email.policy
import json
import sys


def tree(part):
    kind, subtype = part.get_content_type().split("/")
    node = {"type": kind + "/" + subtype, "filename": part.get_filename(), "children": []}
    if part.is_multipart():
        node["children"] = [tree(child) for child in part.get_payload()]
    else:
        # The text as parsed: get_payload() would decode 8-bit text by its charset.
        node["body"] = part._payload.encode("ascii", "surrogateescape").decode("latin1")
        node["decoded"] = part.get_payload(decode=True).decode("latin1")
    return node


def addresses(message, name):
    header = message[name]
    return [[a.display_name, a.addr_spec] for a in header.addresses] if header is not None else []


def describe(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    date = message["date"]
    return {
        "tree": tree(email.message_from_bytes(raw, policy=email.policy.compat32)),
        "subject": str(message["subject"]) if message["subject"] is not None else None,
        "from": addresses(message, "from"),
        "to": addresses(message, "to"),
        "cc": addresses(message, "cc"),
        "sent": date.datetime.timestamp() if date is not None and date.datetime is not None else None,
    }


json.dump([describe(base64.b64decode(text)) for text in json.load(sys.stdin)], sys.stdout)
