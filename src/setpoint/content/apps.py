from django.apps import AppConfig


class ContentConfig(AppConfig):
    """Registers the package's tables."""

    name = "setpoint.content"
    label = "content"
    default_auto_field = "django.db.models.BigAutoField"
