"""Holds signatures.json against the provider's official SDK, which shares no code with ours.

    python3 -m pip install --target DIR --no-deps --require-hashes -r requirements.txt
    PYTHONPATH=DIR python3 -S official_sdk.py

The Rust test `webhooks_are_taken_and_refused_as_the_table_says` reads the same table.
"""

import json
import pathlib
import sys
import time

import stripe


def accepts(case):
    for secret in case["secrets"]:
        try:
            stripe.Webhook.construct_event(case["body"], case["header"], secret)
            return True
        except stripe.SignatureVerificationError:
            pass
    return False


table = json.loads(pathlib.Path(__file__).with_name("signatures.json").read_text())
wrong = []
for case in table:
    time.time = lambda now=case["now"]: now
    if accepts(case) != case["accept"]:
        wrong.append(case["name"])
print(f"{len(table) - len(wrong)} of {len(table)} as the table says; not so: {wrong}")
sys.exit(bool(wrong) or not table)
