"""Where logs are, which of them changed, and the bytes that they gained."""
