"""The nouns and rules of chatd. Pure: no sockets, no clock, no storage, no gevent."""
