from django.apps import AppConfig


class AutopilotConfig(AppConfig):
    """Registers the package's tables."""

    name = "setpoint.autopilot"
    label = "autopilot"
    default_auto_field = "django.db.models.BigAutoField"
