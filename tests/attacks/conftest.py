from tests.server.served import ask, make, source, writer

__all__ = ["ask", "make", "source", "writer"]
