"""The shop: pages that work, and one report that may take its time."""
import os
import time

import marks
from http_pieces import Response


def home(request):
    return Response("<h1>The shop</h1>\n")


def product(request):
    return Response("<h1>Product %s</h1>\n" % request.path.rsplit("/", 1)[-1])


def cart(request):
    return Response("<h1>Your cart</h1>\n" + "<li>item</li>\n" * 12)


def order(request):
    if request.environ["REQUEST_METHOD"] == "POST":
        marks.leave(request)
        time.sleep(request.number("seconds", 0))
        size = len(request.body())
        return Response('{"created": true, "bytes": %d}\n' % size, 201)
    return Response('{"order": "%s"}\n' % request.path.rsplit("/", 1)[-1])


def health(request):
    return Response("ok\n")


def report(request):
    marks.leave(request)
    number = int(request.path.rsplit("/", 1)[-1])
    is_big = number >= int(os.environ.get("SHOP_BIG_REPORTS_FROM", 0))
    seconds = os.environ.get("SHOP_PDF_SECONDS", 0) if is_big else 0
    return Response(build_pdf(request.number("seconds", seconds)))


def build_pdf(seconds):
    time.sleep(seconds)
    return "<h1>Report</h1>\n" * 20


def profile(request):
    """Sets a large cookie per past order, as careless shops do: four are too much for a 4k buffer."""
    orders = int(request.path.rsplit("/", 1)[-1])
    cookies = [("Set-Cookie", "seen_%d=%s" % (n, "x" * 1000)) for n in range(orders)]
    return Response("<h1>Your profile</h1>\n", headers=cookies)


ROUTES = {"": home, "products": product, "cart": cart, "orders": order, "healthz": health,
          "reports": report, "profile": profile}
