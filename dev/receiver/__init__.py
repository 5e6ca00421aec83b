"""A small system on the other side: receives signed events, answers with callbacks.

Run it as ``python3 -m dev.receiver`` from the repository's root. It stands in for n8n and
the suppliers' systems in ``make demo`` and in the tests, and shows an integrator a whole
receiver: verify the raw body, drop duplicates, acknowledge at once, work afterwards,
call back with a stable ``webhook-id``.

It listens on 127.0.0.1 only. Give the secrets in the environment, where the process list
does not show them: ``OPS_RECEIVER_SECRET_IN`` (checks what comes),
``OPS_RECEIVER_SECRET_OUT`` (signs callbacks), ``OPS_RECEIVER_CALLBACK_URL``.

===============  ===================================================================
``POST /``       an event (any path that is not named below)
``GET /healthz``  200 as soon as it serves
``GET /_log``    what was received and called back, for tests
``POST /_control``  a JSON object that changes ``fail``, ``times``, ``callback_url`` or
                 ``suppliers`` while it runs
===============  ===================================================================

Fail modes (``--fail``, or ``fail`` in ``/_control``; ``times`` limits how many events):
``none`` · ``refuse`` (500) · ``status:NNN`` (30x with a Location, 429 and 503 with
Retry-After) · ``hang:SECONDS`` (works, answers late) · ``drip`` (an answer that never
ends, a byte at a time) · ``reset`` (cuts the connection) · ``no-answer`` (accepts, never
calls back) · ``badsig`` (calls back with a wrong signature).
"""
