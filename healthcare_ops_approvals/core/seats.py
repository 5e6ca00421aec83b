"""Whether the stages of one request can all be passed, when nobody may decide in two of them."""


def reserve(pools, needed):
    """Keep for a stage the people it cannot do without, and out of the other stages.

    :param list pools: one set of user ids a stage
    :param list needed: how many of them have to approve
    :return: ``{stage index: {user id: index of the stage that needs them}}`` of those taken out
    """
    pools = [set(pool) for pool in pools]
    taken = {}
    settled = set()
    while True:
        tight = next(
            (
                i
                for i, pool in enumerate(pools)
                if i not in settled and pool and len(pool) <= needed[i]
            ),
            None,
        )
        if tight is None:
            return taken
        settled.add(tight)
        for other, pool in enumerate(pools):
            if other == tight or other in settled:
                continue
            for user in pool & pools[tight]:
                taken.setdefault(other, {})[user] = tight
            pool -= pools[tight]


def unfilled(pools, needed):
    """Index of the first stage that cannot get all its people, or None.

    A matching of seats and people by augmenting paths (Kuhn 1955): stages are few and pools small.

    >>> unfilled([{1, 2}, {1}], [1, 1]) is None
    True
    >>> unfilled([{1}, {1}], [1, 1])
    1
    """
    seat_of = {}  # {user: seat}
    seats = [(stage, number) for stage, count in enumerate(needed) for number in range(count)]

    def place(seat, tried):
        for user in pools[seat[0]]:
            if user in tried:
                continue
            tried.add(user)
            if user not in seat_of or place(seat_of[user], tried):
                seat_of[user] = seat
                return True
        return False

    return next((seat[0] for seat in seats if not place(seat, set())), None)
