"""Generates the API's clients from its OpenAPI document. The clients themselves import nothing of this product."""
