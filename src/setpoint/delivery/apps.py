from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """Registers the package's tables."""

    name = "setpoint.delivery"
    label = "delivery"
    default_auto_field = "django.db.models.BigAutoField"
