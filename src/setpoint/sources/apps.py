from django.apps import AppConfig


class SourcesConfig(AppConfig):
    """Registers the package's tables."""

    name = "setpoint.sources"
    label = "sources"
    default_auto_field = "django.db.models.BigAutoField"
