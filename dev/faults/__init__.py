"""The campaign of faults: ``make faults``.

Writers emit events into a real database while two real Odoo servers deliver them to a receiver that
answers, refuses the connection, hangs, answers 500 and 429, resets and drips in turn. The servers
are killed with SIGKILL in turn and started again; PostgreSQL is restarted, once in order (``fast``)
and once as in a crash (``immediate``). A second receiver, which always answers, takes part of the
same events. Some events are refused by the first one for good, some transactions are rolled back.

At the end three witnesses are compared: what the writers know they committed, what the database
says, and what the receivers wrote down. The table tells how many were emitted, received,
dead-lettered, lost, repeated, out of order; any breach of a promise makes the campaign fail.

Everything random follows from ``--seed``, but the machine's own timing is in it, too.
"""
