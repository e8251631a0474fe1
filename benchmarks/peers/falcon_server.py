"""A bare falcon answer, on the WSGI server that chatd uses: one page of messages from memory."""

import sys

import falcon
from gevent.pywsgi import WSGIServer
from page import PAGE, listener


class Messages:
    def on_get(self, request, response, ticket_id):
        response.media = PAGE


app = falcon.App()
app.add_route("/api/support/messages/{ticket_id}", Messages())
server = WSGIServer(listener(int(sys.argv[1])), app, log=None)
server.start()
print("ready", flush=True)
server.serve_forever()
