"""Requests that get further: a key of its own for each, and no revision that can't be right."""

import itertools

import schemathesis

NUMBERS = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    # One that is no key stays, to be refused. One that is would belong to an earlier request, mostly.
    if isinstance(key, str) and 0 < len(key) <= 255 and key.isascii() and key.isprintable():
        headers["Idempotency-Key"] = f"{key[:200]} {next(NUMBERS)}"
    # Three of four revisions are left out: no quote is at a random one.
    if "If-Match" in headers and next(NUMBERS) % 4:
        del headers["If-Match"]
