"""The OpenAPI document of a gateway: every operation with examples, headers and every error that it can give."""
