"""Reads a message from stdin with Python's email package and prints what it makes of it as JSON."""

import json
import sys
from email import message_from_bytes, policy

raw = sys.stdin.buffer.read()
message = message_from_bytes(raw, policy=policy.default)
parts = list(message.iter_parts())
status = parts[1]
blocks = [dict(block.items()) for block in status.get_payload()] if status.get_content_type() == "message/delivery-status" else []
defects = [str(d) for part in message.walk() for d in part.defects]
print(
    json.dumps(
        {
            "headers": {name: str(value) for name, value in message.items()},
            "type": message.get_content_type(),
            "report": message.get_param("report-type"),
            "parts": [part.get_content_type() for part in parts],
            "text": parts[0].get_content(),
            "status": [{k: str(v) for k, v in block.items()} for block in blocks],
            "status_raw": "" if blocks else status.as_string(),
            "original": parts[2].as_string() if len(parts) > 2 else None,
            "defects": defects,
            "crlf": raw.count(b"\n") == raw.count(b"\r\n"),
            "longest": max(len(line) for line in raw.split(b"\r\n")),
        }
    )
)
