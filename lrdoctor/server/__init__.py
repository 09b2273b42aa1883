"""The ASGI application: security, JSON API, live stream; mounts the screen."""
