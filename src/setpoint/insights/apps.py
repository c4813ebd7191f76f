from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """Registers the package's tables."""

    name = "setpoint.insights"
    label = "insights"
    default_auto_field = "django.db.models.BigAutoField"
