"""A card provider for trials: the part of Stripe's published HTTP interface that linka uses, a page on
which to pay, and webhooks that come signed, twice, late, out of order, altered or not at all.

    python3 card_provider.py KEY WEBHOOK_SECRET WEBHOOK_URL

It prints its own address and serves until its standard input ends. What it is told under /control
decides what goes wrong; the same seed makes the same mistakes.
"""

import hashlib
import hmac
import html
import json
import random
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY, SECRET, WEBHOOK_URL = sys.argv[1:4]
BODY_MAX = 1 << 20


class Refusal(Exception):
    """An error as the provider answers it."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


class Provider:
    """Everything that the provider knows."""

    def __init__(self):
        self.lock = threading.RLock()
        self.sessions, self.payments, self.charges = {}, {}, {}
        self.refunds, self.disputes = {}, {}
        self.answers = {}
        self.events, self.waiting = [], []
        self.count = 0
        self.away = 0

    def name(self, prefix):
        self.count += 1
        return f"{prefix}_{self.count:06d}"

    # What customers and the merchant do.

    def create_session(self, form, host):
        if form.get("mode") != "payment" or form.get("line_items[0][quantity]") != "1":
            raise Refusal(400, "parameter_invalid", "mode must be payment, quantity 1")
        amount = int(form["line_items[0][price_data][unit_amount]"])
        if amount <= 0:
            raise Refusal(400, "parameter_invalid_integer", "the amount must be positive")
        identity = self.name("cs_test")
        session = {
            "id": identity,
            "object": "checkout.session",
            "amount_total": amount,
            "amount_subtotal": amount,
            "currency": form["line_items[0][price_data][currency]"],
            "client_reference_id": form.get("client_reference_id"),
            "metadata": inner(form, "metadata"),
            "mode": "payment",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "livemode": False,
            "created": int(time.time()),
            "expires_at": int(time.time()) + 86_400,
            "success_url": form["success_url"],
            "cancel_url": form.get("cancel_url"),
            "url": f"http://{host}/pay/{identity}",
        }
        session["_charge_metadata"] = inner(form, "payment_intent_data[metadata]")
        self.sessions[identity] = session
        return session

    def pay(self, identity, outcome):
        session = self.sessions[identity]
        if session["status"] != "open":
            raise Refusal(400, "session_closed", "this page is closed")
        if outcome == "expire":
            session.update(status="expired", url=None)
            return self.tell("checkout.session.expired", session)
        payment, charge = self.name("pi"), self.name("ch")
        session.update(status="complete", url=None, payment_intent=payment)
        self.payments[payment] = {
            "id": payment,
            "object": "payment_intent",
            "amount": session["amount_total"],
            "currency": session["currency"],
            "status": "processing",
            "latest_charge": None,
            "metadata": session["_charge_metadata"],
        }
        self.charges[charge] = {
            "id": charge,
            "object": "charge",
            "amount": session["amount_total"],
            "amount_refunded": 0,
            "currency": session["currency"],
            "payment_intent": payment,
            "metadata": session["_charge_metadata"],
        }
        if outcome == "pay":
            self.succeed(session, charge)
            return self.tell("checkout.session.completed", session)
        self.tell("checkout.session.completed", session)
        if outcome == "later":
            self.succeed(session, charge)
            return self.tell("checkout.session.async_payment_succeeded", session)
        self.payments[payment]["status"] = "requires_payment_method"
        return self.tell("checkout.session.async_payment_failed", session)

    def succeed(self, session, charge):
        session["payment_status"] = "paid"
        payment = self.payments[session["payment_intent"]]
        payment.update(status="succeeded", latest_charge=charge)

    def refund(self, form):
        payment = self.payments.get(form.get("payment_intent"))
        if payment is None:
            raise Refusal(404, "resource_missing", "no such payment")
        charge = self.charges[payment["latest_charge"]]
        amount = int(form.get("amount") or charge["amount"] - charge["amount_refunded"])
        if amount <= 0 or amount > charge["amount"] - charge["amount_refunded"]:
            raise Refusal(400, "charge_already_refunded", "more than is left of the charge")
        charge["amount_refunded"] += amount
        refund = {
            "id": self.name("re"),
            "object": "refund",
            "amount": amount,
            "currency": charge["currency"],
            "charge": charge["id"],
            "payment_intent": payment["id"],
            "metadata": inner(form, "metadata"),
            "status": "succeeded",
        }
        self.refunds[refund["id"]] = refund
        self.tell("charge.refunded", charge)
        return refund

    def fail(self, identity):
        refund = self.refunds[identity]
        refund["status"] = "failed"
        charge = self.charges[refund["charge"]]
        charge["amount_refunded"] -= refund["amount"]
        self.tell("refund.failed", refund)
        return refund

    def dispute(self, payment, amount):
        payment = self.payments[payment]
        dispute = {
            "id": self.name("dp"),
            "object": "dispute",
            "amount": amount,
            "currency": payment["currency"],
            "charge": payment["latest_charge"],
            "payment_intent": payment["id"],
            "reason": "fraudulent",
            "status": "needs_response",
        }
        self.disputes[dispute["id"]] = dispute
        self.tell("charge.dispute.created", dispute)
        return dispute

    def close(self, identity, outcome):
        dispute = self.disputes[identity]
        dispute["status"] = outcome
        self.tell("charge.dispute.closed", dispute)
        return dispute

    # What is told, and how badly.

    def tell(self, kind, about):
        event = {
            "id": self.name("evt"),
            "object": "event",
            "api_version": "2024-06-20",
            "created": int(time.time()),
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
            "data": {"object": shown(about)},
        }
        self.events.append(event)
        self.waiting.append(event)
        return event

    def deliver(self, seed, drop, alter):
        """Sends what waits: some twice, some never, four at a time, in any order."""
        chance = random.Random(seed)
        with self.lock:
            batch, self.waiting = self.waiting, []
        told = []
        for event in batch:
            if chance.random() < drop:
                continue
            told += [altered(event, alter)] * (2 if chance.random() < 0.3 else 1)
        chance.shuffle(told)
        with ThreadPoolExecutor(4) as senders:
            statuses = list(senders.map(post, told))
        again = {event["id"]: event for event, status in zip(told, statuses) if not 200 <= status < 300}
        with self.lock:
            self.waiting = list(again.values()) + self.waiting
        return {"statuses": statuses, "waiting": len(again), "dropped": len(batch) - len({e["id"] for e in told})}


def inner(form, name):
    start = f"{name}["
    return {key[len(start):-1]: value for key, value in form.items() if key.startswith(start) and key.count("[") == name.count("[") + 1}


def shown(about):
    return {key: value for key, value in about.items() if not key.startswith("_")}


def altered(event, alter):
    """A change on the way that is signed all the same: a mistake of the provider's own."""
    if not alter:
        return event
    event = json.loads(json.dumps(event))
    key, value = alter.split(":")
    event["data"]["object"][key] = int(value) if value.isdigit() else value
    return event


def signature(body, secret=SECRET, at=None):
    at = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def post(event):
    body = json.dumps(event).encode()
    headers = {"Content-Type": "application/json", "Stripe-Signature": signature(body)}
    request = urllib.request.Request(WEBHOOK_URL, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


PROVIDER = Provider()


class Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.serve({})

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, BODY_MAX)).decode()
        self.serve(dict(urllib.parse.parse_qsl(body, keep_blank_values=True)))

    def serve(self, form):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        try:
            if url.path.startswith("/v1/"):
                self.answer(200, self.interface(url.path, query, form))
            elif url.path.startswith("/pay/"):
                self.page(url.path.removeprefix("/pay/"), form)
            else:
                self.answer(200, control(url.path, {**query, **form}))
        except Refusal as refusal:
            error = {"type": "invalid_request_error", "code": refusal.code, "message": str(refusal)}
            self.answer(refusal.status, {"error": error})
        except KeyError as missing:
            error = {"type": "invalid_request_error", "code": "parameter_missing", "message": str(missing)}
            self.answer(400, {"error": error})

    def interface(self, path, query, form):
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            raise Refusal(401, "api_key_invalid", "no such key")
        with PROVIDER.lock:
            if PROVIDER.away > 0:
                PROVIDER.away -= 1
                raise Refusal(503, "api_error", "not now")
            key = self.headers.get("Idempotency-Key")
            if self.command == "POST" and key in PROVIDER.answers:
                known, answer = PROVIDER.answers[key]
                if known != (path, form):
                    raise Refusal(400, "idempotency_error", "the key was used for another request")
                return answer
            answer = shown(self.resource(path, query, form))
            if self.command == "POST" and key:
                PROVIDER.answers[key] = ((path, form), answer)
            return answer

    def resource(self, path, query, form):
        if self.command == "POST" and path == "/v1/checkout/sessions":
            return PROVIDER.create_session(form, self.headers["Host"])
        if self.command == "POST" and path == "/v1/refunds":
            return PROVIDER.refund(form)
        if path.startswith("/v1/checkout/sessions/"):
            session = PROVIDER.sessions.get(path.rsplit("/", 1)[1])
            if session is None:
                raise Refusal(404, "resource_missing", "no such session")
            payment = PROVIDER.payments.get(session["payment_intent"])
            if payment and "payment_intent.latest_charge" in query.values():
                charge = PROVIDER.charges.get(payment["latest_charge"])
                return {**session, "payment_intent": {**payment, "latest_charge": charge}}
            return session
        if path == "/v1/refunds":
            about = [r for r in PROVIDER.refunds.values() if r["payment_intent"] == query["payment_intent"]]
            return {"object": "list", "url": path, "has_more": False, "data": about}
        if path == "/v1/disputes":
            about = [d for d in PROVIDER.disputes.values() if d["payment_intent"] == query["payment_intent"]]
            return {"object": "list", "url": path, "has_more": False, "data": about}
        raise Refusal(404, "resource_missing", f"nothing at {path}")

    def page(self, identity, form):
        session = PROVIDER.sessions.get(identity)
        if session is None:
            raise Refusal(404, "resource_missing", "no such page")
        if self.command == "POST":
            with PROVIDER.lock:
                PROVIDER.pay(identity, form["outcome"])
            return self.answer(200, {"state": session["status"]})
        amount = f"{session['amount_total'] / 100:.2f} {session['currency'].upper()}"
        buttons = "".join(
            f'<button name="outcome" value="{value}">{label}</button>'
            for value, label in [("pay", "Pay"), ("later", "Pay by transfer"), ("fail", "Fail"), ("expire", "Let it lapse")]
        )
        text = f"<!doctype html><title>Pay</title><h1>{html.escape(amount)}</h1><form method=post>{buttons}</form>"
        self.answer(200, text.encode(), "text/html; charset=utf-8")

    def answer(self, status, content, kind="application/json"):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def control(path, what):
    with PROVIDER.lock:
        if path == "/control/dispute":
            return PROVIDER.dispute(what["payment"], int(what["amount"]))
        if path == "/control/close":
            return PROVIDER.close(what["dispute"], what["outcome"])
        if path == "/control/refund":
            return PROVIDER.refund({"payment_intent": what["payment"], "amount": what["amount"]})
        if path == "/control/fail":
            last = [r for r in PROVIDER.refunds.values() if r["payment_intent"] == what["payment"]][-1]
            return PROVIDER.fail(last["id"])
        if path == "/control/session":
            return shown(PROVIDER.sessions[what["session"]])
        if path == "/control/away":
            PROVIDER.away = int(what["requests"])
            return {}
        if path == "/control/tell":
            return PROVIDER.tell(what["kind"], {"id": "x_1", "object": "other"})
        if path == "/control/again":
            PROVIDER.waiting = list(PROVIDER.events)
            return {"waiting": len(PROVIDER.waiting)}
        if path == "/control/sign":
            body = what["body"].encode()
            at = int(time.time()) - int(what.get("age", 0))
            return {"header": signature(body, what.get("secret", SECRET), at)}
    if path == "/control/deliver":
        return PROVIDER.deliver(int(what["seed"]), float(what.get("drop", 0)), what.get("alter"))
    raise Refusal(404, "resource_missing", f"nothing at {path}")


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()


main()
