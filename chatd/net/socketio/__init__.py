"""Socket.IO: sessions of Engine.IO over polling and WebSocket, their packets, their paths."""
