"""The WSGI entry of the shop: the first path segment chooses the view."""
import failures
import views
from http_pieces import Request, Response

ROUTES = {**views.ROUTES, **failures.ROUTES}


def application(environ, start_response):
    request = Request(environ)
    view = ROUTES.get(request.path.split("/")[1], _missing)
    response = view(request)
    start_response(response.status, response.headers)
    return response.body


def _missing(request):
    return Response("no such page\n", 404)
