"""The supply story, played on a real database, server and receiver: ``make demo``.

Act one: a vital consumable falls below its critical level, and a preferred vendor can
deliver. Act two: another one does, and no preferred vendor can, so that procurement gets
an exception. Every step is waited for and printed with the time since the stock move.

With ``--url``, ``--db`` and ``--odoo-config`` the story uses that server; without them it
takes the one that ``make run`` started, or starts one for its length. It can be played on
the same database as often as one likes.
"""
