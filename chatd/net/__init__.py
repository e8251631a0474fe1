"""Listeners and what they speak: HTTP, WebSocket."""
