"""A bare Flask answer, on the WSGI server that chatd uses: one page of messages from memory."""

import sys

from flask import Flask, jsonify
from gevent.pywsgi import WSGIServer
from page import PAGE, listener

app = Flask(__name__)


@app.get("/api/support/messages/<ticket_id>")
def messages(ticket_id):
    return jsonify(PAGE)


server = WSGIServer(listener(int(sys.argv[1])), app, log=None)
server.start()
print("ready", flush=True)
server.serve_forever()
