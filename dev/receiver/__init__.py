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

Each arrival is printed as one line: type, subject, sequence, id, whether the signature
holds, how often it came, and what was answered. A first arrival behind a later event of
the same subject is said to be out of order.

It can be told to fail in the ways of ``dev/receiver/failures.py``, which ``--help`` lists: with
``--fail``, or with ``fail`` in ``/_control``, where ``times`` limits it to so many events.
"""
