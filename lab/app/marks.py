"""Tells the lab which worker process has a request in its hands.

A scenario that wants to kill "the worker which builds report 7" must know its pid from
the worker itself: reading it from the logs would make the logs their own witness.
"""
import os


def leave(request):
    """Writes our pid to the file named by ?mark=, where the lab waits for it."""
    name = request.query.get("mark")
    if name:
        path = os.path.join(os.environ["SHOP_MARKS"], name)
        with open(path + ".part", "w") as file:
            file.write(str(os.getpid()))
        os.rename(path + ".part", path)
