"""The provider's official SDK against the trial provider, and its judgement of webhooks.

    PYTHONPATH=SDK python3 -S official_sdk.py ADDRESS KEY SECRET < cases.json > verdicts.json

It creates a pay page and retrieves it; then it reads [{"header", "body"}, …] and prints what it makes
of each: the type of the event, or null where it refuses.
"""

import json
import sys

import stripe

address, key, secret = sys.argv[1:4]
stripe.api_base = f"http://{address}"
stripe.api_key = key
stripe.max_network_retries = 0

created = stripe.checkout.Session.create(
    mode="payment",
    client_reference_id="from-the-sdk",
    line_items=[
        {
            "quantity": 1,
            "price_data": {"currency": "czk", "unit_amount": 12_300, "product_data": {"name": "Credit"}},
        }
    ],
    success_url="https://linka.example/ok",
    cancel_url="https://linka.example/no",
)
found = stripe.checkout.Session.retrieve(created.id, expand=["payment_intent.latest_charge"])
same = (found.amount_total, found.currency, found.client_reference_id, found.payment_status)
assert same == (12_300, "czk", "from-the-sdk", "unpaid"), same
try:
    stripe.checkout.Session.retrieve("cs_test_none")
    raise AssertionError("a page that is not there was found")
except stripe.InvalidRequestError as error:
    assert error.http_status == 404 and error.code == "resource_missing", error


def verdict(case):
    try:
        return stripe.Webhook.construct_event(case["body"], case["header"], secret).type
    except stripe.SignatureVerificationError:
        return None


print(json.dumps([verdict(case) for case in json.load(sys.stdin)]))
