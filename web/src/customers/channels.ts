/** The channels by which a customer can be known to us. */
export const CHANNELS = ["email", "sms", "webhook"] as const;
