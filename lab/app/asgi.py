"""The ASGI entry of the shop: healthy pages, a slow one and one that blocks the loop."""
import asyncio
import time
from urllib.parse import parse_qsl


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        return await _lifespan(receive, send)
    query = dict(parse_qsl(scope["query_string"].decode()))
    page = scope["path"].split("/")[1]
    if page == "blocking":
        time.sleep(float(query["seconds"]))  # the mistake this page is for: no await
    elif page == "reports":
        await asyncio.sleep(float(query.get("seconds", 0)))
    body = b"<h1>%s</h1>\n" % (page.encode() or b"The shop")
    headers = [(b"content-type", b"text/html"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive, send):
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
