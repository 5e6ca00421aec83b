"""Developer commands of this repository, run as ``python3 -m dev <command>``.

Only the standard library is used here, so that the commands work before anything is installed.
Everything they make lives in the ignored folder ``.local`` of the clone.
"""
