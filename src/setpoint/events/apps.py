from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Registers the package's tables."""

    name = "setpoint.events"
    label = "events"
    default_auto_field = "django.db.models.BigAutoField"
