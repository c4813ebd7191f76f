from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    """Registers the package's tables."""

    name = "setpoint.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"
