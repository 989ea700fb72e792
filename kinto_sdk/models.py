"""Models and JSON Schemas: what a model may say about its fields, and the way from a model to a schema and back."""

from .objects.fields import kinto_field
from .objects.model_source import model_source
from .objects.models import converter
from .objects.schema import json_schema

__all__ = ["converter", "json_schema", "kinto_field", "model_source"]
