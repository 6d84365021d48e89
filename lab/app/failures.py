"""Views that fail on demand: each is one way in which an application breaks a gateway."""
import ctypes
import itertools
import os
import signal
import sys
import time

import marks
from http_pieces import Response


def stuck(request):
    """Deaf to SIGABRT, as inside a C extension: only SIGKILL ends it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGABRT})
    time.sleep(request.number("seconds", 30))
    return Response("late\n")


def gil(request):
    """Holds the GIL: PyDLL does not release it, so no other thread can beat the heart."""
    marks.leave(request)
    ctypes.PyDLL(None).usleep(int(request.number("seconds", 5) * 1e6))
    return Response("late\n")


def segfault(request):
    marks.leave(request)
    ctypes.string_at(0)


def abort(request):
    os.abort()


def hard_exit(request):
    os._exit(int(request.number("code", 3)))


def soft_exit(request):
    time.sleep(request.number("seconds", 0))
    sys.exit(int(request.number("code", 3)))


def status(request):
    """The application's own answer, whatever its number."""
    return Response("the application says so\n", int(request.path.rsplit("/", 1)[-1]))


def broken(request):
    raise ValueError("cannot price an empty basket")


def forged(request):
    """An exception whose message imitates the log lines of other programs."""
    raise ValueError(open(os.environ["SHOP_FORGERY"]).read())


def noisy(request):
    """Prints what an attacker sent us, as debug prints do, then answers well."""
    print(open(os.environ["SHOP_FORGERY"]).read(), file=sys.stderr, flush=True)
    return Response("ok\n")


def reject(request):
    """Says no to an upload without reading it."""
    return Response("too large\n", 413)


def leak_memory(request):
    marks.leave(request)
    hoard = []
    while True:
        hoard.append(b"\1" * (4 << 20))


def leak_files(request):
    """Keeps descriptors until only a few are left, like a pool that never closes."""
    marks.leave(request)
    leaked = []
    try:
        while True:
            leaked.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        for spare in leaked[:int(request.number("spare", 0))]:
            os.close(spare)
    leak_files.kept = leaked
    return Response("leaked\n")


def catalog(request):
    """Reads a file for every visitor."""
    with open(__file__) as file:
        return Response("<pre>%d lines</pre>\n" % len(file.readlines()))


def short(request):
    """Promises more bytes than it sends."""
    return Response([b"<p>half of it\n"], headers=[("Content-Length", "4000")])


def halfway(request):
    """Starts a body, then raises, stalls or dies, as ?then= says."""
    marks.leave(request)
    total = int(request.number("length", 0))
    headers = [("Content-Length", str(total))] if total else []
    return Response(_half(request, int(request.number("first", 2000))), headers=headers)


def _half(request, first):
    yield b"x" * first
    if request.query["then"] == "raise":
        raise ValueError("row 51 has no price")
    time.sleep(request.number("seconds", 30))
    yield b"the end\n"


def big(request):
    """A large body, for clients that read slowly."""
    megabytes = int(request.number("megabytes", 8))
    return Response(itertools.repeat(b"y" * 65536, megabytes * 16),
                    headers=[("Content-Length", str(megabytes << 20))])


def unreachable(query):
    """Asks a database that is down and lets the error through."""
    import socket
    socket.create_connection(("127.0.0.1", 1), timeout=1)


ROUTES = {"unreachable": unreachable, "stuck": stuck, "gil": gil, "segfault": segfault, "abort": abort, "exit": hard_exit,
          "sysexit": soft_exit, "status": status, "broken": broken, "forged": forged,
          "noisy": noisy, "upload": reject, "leak-memory": leak_memory, "leak-files": leak_files,
          "catalog": catalog, "short": short, "export": halfway, "big": big}
