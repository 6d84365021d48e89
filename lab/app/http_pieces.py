"""The few HTTP pieces the shop needs, so that it depends on nothing but Python."""
from urllib.parse import parse_qsl

REASONS = {200: "OK", 201: "Created", 400: "Bad Request", 401: "Unauthorized",
           404: "Not Found", 413: "Payload Too Large", 500: "Internal Server Error",
           502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class Request:
    """What a view may look at; made from a WSGI environ."""

    def __init__(self, environ):
        self.environ = environ
        self.path = environ["PATH_INFO"]
        self.query = dict(parse_qsl(environ.get("QUERY_STRING", "")))

    def number(self, name, default):
        return float(self.query.get(name, default))

    def body(self):
        length = int(self.environ.get("CONTENT_LENGTH") or 0)
        return self.environ["wsgi.input"].read(length)


class Response:
    """A status, headers and an iterable body; Content-Length is set unless told not to."""

    def __init__(self, body, status=200, headers=(), length=True):
        self.status = "%d %s" % (status, REASONS[status])
        self.headers = [("Content-Type", "text/html; charset=utf-8"), *headers]
        self.body = [body.encode()] if isinstance(body, str) else body
        if length and isinstance(body, str):
            self.headers.append(("Content-Length", str(len(self.body[0]))))
